"""Refusals in German, French, Spanish, Italian, Portuguese, Dutch, Chinese, Japanese and Korean, and what only looks like one."""

import pytest

from tunebook.answer.abstain import says_nothing_found

REFUSALS = """
Die Dokumente sagen nicht, wie viel der Reiher trägt.
Leider enthalten die Dokumente keine Informationen zum Gewicht.
Die bereitgestellten Unterlagen enthalten keine Angaben dazu.
Der Text erwähnt den Preis nicht.
Der Preis wird in den Dokumenten nicht genannt.
Die Antwort geht aus dem Kontext nicht hervor.
Das lässt sich aus den vorliegenden Informationen nicht beantworten.
In den Unterlagen gibt es keine Hinweise auf eine Kaution.
Dazu liegen mir keine Informationen vor.
Es tut mir leid, aber ich kann diese Frage nicht beantworten.
Basierend auf den Dokumenten kann ich die Frage nicht beantworten.
Das weiß ich leider nicht.
Der Text beschreibt den Reiher, nennt aber seinen Preis nicht.
Dazu sagen die Dokumente nichts.
In den Dokumenten steht dazu nichts.
Darüber wird in den Dokumenten nichts gesagt.
Im Text wird der Preis nicht erwähnt.
Das steht nicht im Text.
Anhand der Dokumente lässt sich die Frage nicht beantworten.
Diese Frage kann ich nicht beantworten.
Ich konnte keine Informationen dazu finden.
Leider konnte ich dazu nichts finden.
Keine Angabe in den Dokumenten.
Es gibt dazu keine Angaben.
Les documents ne précisent pas le poids.
Le texte ne mentionne pas le prix du vélo.
Désolé, mais les documents fournis ne contiennent aucune information à ce sujet.
Le prix n'est pas indiqué dans les documents.
Aucune information sur la caution n'est donnée.
Il n'y a pas d'information sur ce point dans le texte.
Je ne sais pas.
Je n'ai pas trouvé cette information.
Malheureusement, je ne peux pas répondre à cette question.
Los documentos no mencionan el precio.
El texto no especifica cuánto pesa.
Lo siento, pero no hay información sobre la fianza.
El precio no se indica en los documentos.
No se menciona en el texto.
En los documentos no se indica el peso.
No lo sé.
No encuentro esa información.
I documenti non menzionano il prezzo.
Il testo non specifica il peso della bicicletta.
Mi dispiace, ma non ci sono informazioni su questo punto.
Il prezzo non è indicato nei documenti.
Non lo so.
Os documentos não mencionam o preço.
O texto não diz quanto pesa.
Infelizmente, não há informações sobre a caução.
O preço não é indicado nos documentos.
De documenten vermelden de prijs niet.
De tekst bevat geen informatie over het gewicht.
Helaas zegt de tekst daar niets over.
De prijs wordt niet genoemd in de documenten.
Het spijt me, maar ik kan die vraag niet beantwoorden.
提供的文档中没有提到票价。
抱歉，文档中未提及保修期。
根据提供的资料，无法回答这个问题。
文档没有提供关于颜色的信息。
我没有找到相关信息。
我不知道。
该文件不包含相关内容。
提供されたテキストには料金の記載がありません。
申し訳ありませんが、文書には色に関する情報が含まれていません。
わかりません。
この資料からは答えが見つかりません。
제공된 문서에는 요금에 대한 언급이 없습니다.
죄송합니다, 알 수 없습니다.
죄송하지만 주어진 정보에서 찾을 수 없습니다.
根据文档内容，没有提到价格。
根據提供的文件，沒有提到價格。
抱歉，根据现有资料我无法回答您的问题。
所提供的文档中未提及。
所提供的文件没有提及此事。
在所提供的段落中，没有关于价格的信息。
检索到的文档中没有相关信息。
知识库中没有找到相关内容。
文中没有提到。
文中未提及价格。
原文没有说明。
暂无相关信息。
未提及。
申し訳ございませんが、その情報は見つかりませんでした。
該当する情報は見つかりませんでした。
提供された情報からは判断できません。
価格については記載がありません。
죄송하지만 관련 정보를 찾을 수 없습니다.
"""
ANSWERS = """
不能泄露客户资料。
没有上传资料。
未经许可不得复制内容。
没有人可以查看您的个人信息。
无法查看他人的信息。
不能修改已提交的内容。
不知道密码的用户可以点击重置。
不清楚流程的员工应咨询人事部。
上述文件未提供原件的，不予受理。
相关资料未提供者不予受理。
材料未说明用途的不予报销。
资料提供后三天内没有任何回复的，可以投诉。
文件显示租金中没有包括水电费。
資料によると、料金に朝食は含まれていません。
原因は不明です。
この資料は申請後、書面で説明を受けなければなりません。
문서에 따르면 조식은 포함되어 있지 않습니다.
자료를 제출하지 않으면 정보를 받을 수 없습니다.
이 문서를 제출하지 않으면 서비스를 제공하지 않습니다.
비밀번호를 모르겠습니다라고 말하면 초기화됩니다.
船上不允许携带宠物。
图书不能续借。
没有预约不能参观。
文件不提供给第三方。
个人信息不会提供给第三方。
他没有提到的都不算。
未成年人不得入内。
ペットの同伴はできません。
文書はコピーできません。
資料は貸し出しできません。
문서는 복사할 수 없습니다.
애완동물은 허용되지 않습니다.
文件必须在三天内提交，没有例外。
Hunde sind nicht erlaubt.
Das Frühstück ist im Preis nicht enthalten.
Die Unterlagen müssen nicht vorgelegt werden.
Die Informationen geben wir nicht an Dritte weiter.
Die Dokumente nennen nicht nur den Preis, sondern auch das Gewicht.
Er trägt 80 kg; mehr ist nicht erlaubt.
Es gibt keine Gebühr.
Für Räder gibt es keine Maut.
Ich kann das Rad nicht selbst abholen.
Es gibt keine Hinweispflicht.
Es gibt keine Informationspflicht gegenüber dem Mieter.
Es gibt keine Datenweitergabe an Dritte.
Es gibt keine Auskunft am Telefon.
Ich habe keine Daten gelöscht.
In den Texten werden Namen nicht genannt, sondern abgekürzt.
Das Formular ist nicht in den Unterlagen enthalten, sondern beim Amt erhältlich.
In den Unterlagen fehlt nichts Wichtiges.
Les chiens ne sont pas admis.
Il n'y a pas de frais.
Il n'y a pas de réponse automatique.
Il n'y a pas de données personnelles.
Le petit-déjeuner n'est pas compris dans le prix.
Les documents ne doivent pas être signés.
Le pont n'est pas ouvert dans la nuit.
No hay tasa para bicicletas.
No hay datos guardados.
No hay información confidencial en el contrato.
Los perros no se admiten en el edificio.
Los documentos no deben firmarse.
I cani non sono ammessi.
Non c'è alcuna tassa.
Non ci sono dati personali.
Os cães não são permitidos.
Não há taxa.
Não há dados pessoais.
Honden zijn niet toegestaan.
De brug is niet open in de winter.
Er is geen tol voor fietsen.
Er zijn geen gegevens nodig.
De documenten hoeven niet ondertekend te worden.
"""


def lines(text: str) -> list[str]:
    return text.strip().split("\n")


@pytest.mark.parametrize("text", lines(REFUSALS))
def test_a_refusal_is_heard(text: str) -> None:
    assert says_nothing_found(text, "The documents do not say.")


@pytest.mark.parametrize("text", lines(ANSWERS))
def test_an_answer_is_none(text: str) -> None:
    assert not says_nothing_found(text, "The documents do not say.")

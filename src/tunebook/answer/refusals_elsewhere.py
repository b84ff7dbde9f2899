"""Sentences in other languages that say that the documents do not hold the answer: German, French, Spanish, Italian, Portuguese,
Dutch; Chinese, Japanese, Korean.

    refuses_elsewhere("leider enthalten die dokumente keine angaben zum gewicht.")     →  True
    refuses_elsewhere("hunde sind nicht erlaubt.")                                     →  False

They are read from the beginning of a sentence in lower case, an apology before them.  Less is heard than of English ones: the
documents have to be named, or whoever answers says that they do not know.  Left out on purpose: "Nicht angegeben.", which is
a value of forms, and what stands in a second sentence.
"""

from __future__ import annotations

import re
from functools import cache

_FREE = r"[^,.;]{0,80}?"  # within a clause
_ON = r"[^.;]{0,120}?"

_END = r"[,;:]|[ .!]*$"
_DE_NOUN = (
    r"(dokumente?n?|unterlagen|texte?n?|textes|quellen?|passagen?|auszüge?n?|kontext|abschnitte?n?|dokumentation"
    r"|informationen)"
)
_DE_DOCS = rf"(die|der|das|den|dem|diese[mnrs]?|ihren?|alle[nr]?) (\w+ ){{0,2}}?{_DE_NOUN}"
_DE_IN = rf"((in|aus|anhand) {_DE_DOCS}|im (\w+ ){{0,2}}?{_DE_NOUN})"
_DE_ASKED = r"((dazu|darüber|hierzu|hierüber|davon|das|es|(diese|die|ihre) frage|zu[mr]? (\w+ )?\w+|über \w+( \w+)?) )?"
_DE_SAYS = r"(sag(t|en)|erwähn(t|en)|nenn(t|en)|beantworte(t|n)|beschreib(t|en)|spezifizier(t|en))"
_DE_HOLDS = r"(enthält|enthalten|gibt|geben|liefer(t|n)|mach(t|en)|biete(t|n))"
_DE_FACTS = r"(\w+ ){0,2}?(information(en)?|angaben?|hinweise?|antwort(en)?|details?|auskunft|auskünfte|daten)\b"
_DE_SAID = (
    r"(angegeben|genannt|erwähnt|enthalten|aufgeführt|beschrieben|zu finden|vorhanden|ersichtlich|festgelegt|dokumentiert"
    r"|vermerkt|hervor|entnehmen|beantwort\w+|ableiten|spezifiziert)\b(?![^.;]*\bsondern\b)"
)
_DE_NOTHING = rf"(kein\w* {_DE_FACTS}|nichts( (zu[mr]?|über|dazu|darüber)\b|( gesagt| erwähnt)?[ .!]*$))"
# what goes on behind them where no documents are named: "keine Angaben dazu", and not "keine Auskunft am Telefon"
_DE_ABOUT = rf"( (zu[mr]?|über|dazu|darüber|hierzu|davon|ob|wie|wann|wo|wer|was|vor|finden|gefunden)\b|{_END})"
_DE_NONE = rf"kein\w* {_DE_FACTS}{_DE_ABOUT}"
_GERMAN = (
    rf"{_DE_DOCS} {_ON}\b{_DE_SAYS} {_FREE}\b(nicht(?! nur)|nichts)\b",
    rf"{_DE_DOCS} {_ON}\b{_DE_HOLDS} {_FREE}\b(kein\w* {_DE_FACTS}|nichts (zu|über))",
    rf"{_DE_ASKED}{_DE_SAYS} {_DE_DOCS} {_FREE}\b(nicht(?! nur)|nichts)\b",
    rf"{_DE_ASKED}{_DE_HOLDS} {_DE_DOCS} {_FREE}\b(kein\w* {_DE_FACTS}|nichts (zu|über))",
    rf"{_FREE}\b{_DE_IN} {_FREE}\bnicht {_FREE}{_DE_SAID}",
    rf"{_FREE}\bnicht {_FREE}\b{_DE_IN} {_FREE}{_DE_SAID}",
    rf"{_DE_IN} (\w+ ){{1,3}}?{_FREE}\b{_DE_NOTHING}",
    rf"{_FREE}\b(steht|wird|findet sich) {_FREE}\b{_DE_IN} {_FREE}\b{_DE_NOTHING}",
    rf"{_FREE}\b(steht|stehen) {_FREE}\b(nicht|nichts) {_FREE}\b{_DE_IN}\b(?![^.;]*\bsondern\b)",
    rf"kein\w* {_DE_FACTS} {_FREE}\b{_DE_IN}",
    rf"{_DE_ASKED}(gibt es|gibt|liegen( mir)?|finden sich|finde ich|habe ich|konnte ich) {_FREE}\b{_DE_NONE}",
    rf"ich (habe|finde|konnte) {_FREE}\b{_DE_NONE}",
    r"(das |ich )?weiß (ich )?(es |das )?(leider )?nicht\b",
    rf"{_DE_ASKED}(ich (kann|konnte)|(kann|konnte) ich) {_FREE}\b(nicht|nichts|kein\w* \w+) "
    r"(beantworten|finden|sagen|ermitteln|feststellen)",
)
_FR_DOCS = (
    r"(les?|ces?|cet|la|vos) (documents?|textes?|passages?|sources?|extraits?|contexte|documentation|informations)"
    r"( (fourni|donné|disponible)\w*| ci-dessus)?"
)
_FR_FACTS = r"(information|mention|réponse|indication|détail|précision|donnée)s?\b"
_FR_ABOUT = rf"( (sur|à (ce|propos)|concernant|quant|relativ\w+|qui|permettant|disponible\w*|dans {_FR_DOCS})\b|{_END})"
_FRENCH = (
    rf"{_FR_DOCS} {_ON}\bn(e |')(l[ea] |l'|nous |me )?(dis|dit|mentionn|conti?en|précis|indiqu|donn|fourni|répond|permet|parl"
    rf"|spécifi|évoqu|compren)\w* (pas(?! seul)|rien|aucun\w*|ni)\b",
    rf"[^.;]{{1,80}}? n(e |')(est|sont|a|ont|figur\w+|apparai\w+) (pas|nulle part)\b{_FREE} dans {_FR_DOCS}",
    rf"(dans|d'après|selon) {_FR_DOCS},? {_FREE}\b(il n'y a|on ne trouve|je ne trouve) {_FREE}{_FR_FACTS}",
    rf"(il n'y a|je n'ai( trouvé)?|je ne (trouve|dispose)|je ne vois) (pas d'|pas de |d'aucune? |aucune? )"
    rf"{_FR_FACTS}{_FR_ABOUT}",
    rf"aucune? {_FR_FACTS}{_FREE} (dans {_FR_DOCS}|n(e |')\w+)",
    r"je ne sais pas\b|je l'ignore\b|je ne (peux|puis) pas (répondre|trouver|dire|déterminer)\b|je ne trouve pas\b",
    r"je n'ai pas trouvé (cette|l'|d')",
)
_ES_DOCS = (
    r"(el|los|las?|est[aeo]s?) (documentos?|textos?|pasajes?|fuentes?|fragmentos?|contexto|extractos?|documentación"
    r"|información)( (proporcionad|dad|disponible|facilitad|anterior)\w*)?"
)
_ES_FACTS = r"(información|mención|respuesta|datos|detalles)\b"
_ES_ABOUT = rf"( (sobre|acerca|al respecto|respecto|relativ\w+|que|para|suficiente|disponible|en {_ES_DOCS})\b|{_END})"
_SPANISH = (
    rf"{_ES_DOCS} {_ON}\bno (l[ao]s? |me |se )?(dic|mencion|contien|indic|especific|proporcion|respond|habl|explic|inclu|permit"
    rf"|aclar|señal)\w+",
    rf"[^.;]{{0,80}}?\bno (se |está |aparece |figura |consta |es |hay |encuentr|encontr){_FREE} en {_ES_DOCS}",
    rf"no (hay|tengo|encuentro|dispongo de|encontré|existe) (suficiente |ninguna )?{_ES_FACTS}{_ES_ABOUT}",
    r"no (encuentro|encontré|tengo) (es[ao]|est[ae]|la) (información|dato|respuesta)\b",
    rf"en {_ES_DOCS} no (se (menciona|indica|especifica|dice|proporciona)|hay (ninguna )?{_ES_FACTS}|aparece|consta|figura)",
    r"no lo sé\b|no puedo (responder|encontrar|decir|determinar)\b",
)
_IT_NOUN = r"(document[io]|test[io]|passagg[io]|font[ei]|bran[io]|contesto|estratt[io]|documentazione|informazioni)"
_IT_NOUN += r"( (fornit|dat|disponibil)\w+)?"
_IT_FACTS = r"(informazion[ei]|menzione|rispost[ae]|dettagli|indicazioni|dati)\b"
_IT_ABOUT = rf"( (su\w*|riguardo|in merito|al riguardo|relativ\w+|che|per|disponibil\w+|ne(l|i|gli|lla|lle) {_IT_NOUN})\b|{_END})"
_ITALIAN = (
    rf"(il|lo|la|i|gli|le|quest[eio]) {_IT_NOUN} {_ON}\bnon (l[ao] |mi )?(dic|menzion|conteng|contien|indic|specific|fornisc"
    rf"|rispond|parl|spieg|precis|riport|permett)\w+",
    rf"[^.;]{{0,80}}?\bnon (è|viene|sono|vengono|si|c'è|ci|vi|compa\w+|risult\w+|ho) {_FREE} ?ne(l|i|gli|lla|lle) {_IT_NOUN}",
    rf"ne(l|i|gli|lla|lle) {_IT_NOUN} non (si|è|viene|c'è|ci sono|vi) {_FREE}({_IT_FACTS}|menzion\w+|indic\w+|specific\w+|dic\w+)",
    rf"non (ci sono|c'è|ho( trovato)?|trovo|vi sono|dispongo di) (abbastanza |alcuna )?{_IT_FACTS}{_IT_ABOUT}",
    r"non lo so\b|non so rispondere\b|non posso rispondere\b|non riesco a (rispondere|trovare)\b",
)
_PT_NOUN = r"(documentos?|textos?|trechos?|passage(m|ns)|fontes?|contexto|excertos?|documentação|informações)"
_PT_NOUN += r"( (fornecid|dad|disponíve)\w+)?"
_PT_FACTS = r"(informaç\w+|menção|resposta|dados|detalhes)\b"
_PT_ABOUT = rf"( (sobre|acerca|a respeito|relativ\w+|que|para|suficiente\w*|disponíve\w+|n[ao]s? {_PT_NOUN})\b|{_END})"
_PORTUGUESE = (
    rf"(o|os|as?|est[ae]s?) {_PT_NOUN} {_ON}\bnão (o |a |me )?(diz|mencion|cont[eéê]|indic|especific|fornec|respond|fal|explic"
    rf"|inform|permit)\w*",
    rf"[^.;]{{0,80}}?\bnão (é|está|são|consta|aparece|foi|se|há) {_FREE} ?n[ao]s? {_PT_NOUN}",
    rf"n[ao]s? {_PT_NOUN} não (há|consta|se (menciona|indica)|existe) ?{_FREE}",
    rf"não (há|tenho|encontrei|existem?) (nenhuma |suficiente )?{_PT_FACTS}{_PT_ABOUT}",
    r"não sei\b(?! se)|não posso responder\b|não consigo (responder|encontrar)\b",
    r"não foi possível (encontrar|responder|determinar)\b",
)
_NL_DOCS = (
    r"(de|het|deze|dit|die) (\w+ )?(documenten?|teksten?|tekst|passages?|bronnen|bron|fragmenten?|context|informatie)"
)
_NL_FACTS = r"geen (\w+ )?(informatie|antwoord|vermelding|gegevens|details)\b"
_NL_SAYS = r"(zeg(t|gen)|vermeld(t|en)|noem(t|en)|beschrijf\w*|beschrijven|beantwoord(t|en)|bevat(ten)?|ge(eft|ven))"
_DUTCH = (
    rf"{_NL_DOCS} {_ON}\b{_NL_SAYS} {_FREE}\b(niet(?! alleen)|niets|{_NL_FACTS})",
    rf"{_NL_SAYS} {_NL_DOCS} {_FREE}\b(niet(?! alleen)|niets|{_NL_FACTS})",
    rf"{_FREE}\b(niet|nergens) {_FREE}\bin {_NL_DOCS}",
    rf"{_FREE}\bin {_NL_DOCS} {_FREE}\b(niet (vermeld|genoemd|te vinden|beschreven|aangegeven)|niets over|{_NL_FACTS})",
    rf"(er (is|staat|zijn)|ik (heb|vind)) {_FREE}{_NL_FACTS}( (over|hierover|daarover|beschikbaar|die|in {_NL_DOCS})\b|{_END})",
    rf"(dat |ik )?weet (ik )?(het |dat )?niet\b|ik kan {_FREE}\bniet (beantwoorden|vinden|zeggen)",
)
_ZH_GIVEN = (
    r"(所?提供的|给出的|给定的|所给的?|上述|以上|這些|这些|该|該|相关|相關|您提供的|检索到的|檢索到的|现有|現有)"
)
_ZH_DOCS = (
    rf"(({_ZH_GIVEN}{{0,2}}(文档|文檔|文件|资料|資料|文本|段落|文章|上下文|来源|來源|原文|文中|知识库|知識庫)(内容|內容)?"
    rf"|{_ZH_GIVEN}(信息|資訊|内容|內容|材料))(中|里|裡|内|內)?)"
)
_ZH_NOT = r"(并没有|並沒有|没有|沒有|并未|並未|均未|未)"
_ZH_FACTS = r"(信息|資訊|答案|资料|資料|内容|內容)"
_ZH_FOUND = r"(找到|查到|检索到|檢索到)"
_ZH_ABOUT = r"(相关|相關|足够|足夠|有关|有關|(关于|關於)[^。，]{0,20})"
_CHINESE = (
    rf"(在|从|從|根据|根據)?{_ZH_DOCS}，?((?!显示|顯示|规定|規定|表明|提到|后|後)[^。，；]){{0,20}}?{_ZH_NOT}(明确|明確|直接|具体|具體)?"
    r"(提及|提到|提供|说明|說明|包含|包括|给出|給出|涉及|指出|记载|記載|回答|描述|找到|足够|足夠|相关|相關|关于|關於|答案)"
    r"(?![^。，；]{0,12}者)(?![^。，；]{0,20}的，)",
    rf"{_ZH_DOCS}[^。，；]{{0,10}}?不(包含|足以|涉及)[^。]{{0,20}}?({_ZH_FACTS}|回答)",
    rf"(我)?({_ZH_NOT}{_ZH_FOUND}?|(无法|無法|不能){_ZH_FOUND}|找不到|暂无|暫無)(任何)?{_ZH_ABOUT}的?{_ZH_FACTS}[。.！!]*$",
    rf"(我)?({_ZH_NOT}|无法|無法|不能){_ZH_FOUND}[^。，；]{{0,12}}?{_ZH_FACTS}[。.！!]*$",
    rf"(我)?{_ZH_NOT}(提及|提到)[^。，]{{0,12}}[。.！!]*$",
    r"(我)?(不知道|不清楚)(答案|这个问题|這個問題)?([。.！!，]|$)",
    r"(我)?(无法|無法|不能)(回答|确定|確定)(这个|這個|该|該|此|您的|你的)?(问题|問題|答案)?([。.！!，]|$)",
    rf"(我)?(根据|根據)?{_ZH_DOCS}，?(我)?(无法|無法|不能)(回答|确定|確定)",
)
_JA_DOCS = (
    r"((提供された|与えられた|この|これらの|上記の|ご提示の|参照した)*"
    r"(文書|資料|文章|テキスト|コンテキスト|ドキュメント|文脈|本文|ソース|情報(?=源|に|から|で))(?!に?よ[るれ])(の中|内|中)?(に|で|から)?は?)"
)
_JA_NOT = r"(ません|ない(?=[。.]|$|た))"
_JA_FACTS = r"(記載|言及|説明|情報|答え|記述)"
_JA_LACKS = (
    rf"({_JA_FACTS}(が|は|も)?(されてい|されており|あり|ござい|見つかり)?{_JA_NOT}"
    rf"|(含まれて|書かれて|示されて|述べられて|触れられて)(い|おり){_JA_NOT}|(見つかり|判断でき){_JA_NOT})"
)
_JAPANESE = (
    rf"{_JA_DOCS}[^。]{{0,40}}?{_JA_LACKS}",
    rf"[^。、]{{0,24}}?(について|に関する|該当する|関連する|その)[^。]{{0,16}}?{_JA_FACTS}(が|は|も)?(あり|見つかり){_JA_NOT}",
    r"[^。、]{0,24}?(わかりません|分かりません|回答できません|お答えできません|答えられません)",
)
_KO_DOCS = r"((제공된|주어진|이|해당|위) ?)?(문서|자료|텍스트|문맥|본문|지문|출처|(?<=제공된 )정보|(?<=주어진 )정보)"
_KOREAN = (
    rf"{_KO_DOCS}(?![^.]*(따르면|않으면|않도록|제출))[^.]{{0,40}}?"
    r"(언급|포함|제공|명시|나와|기재|찾을 수|정보|내용)[^.]{0,10}?(없|않)",
    r"[^.,]{0,24}?(알 수 없습니다|모르겠습니다(?!라)|답변할 수 없습니다|대답할 수 없습니다|(정보|답)를? 찾을 수 없습니다)",
)
_LEADS = (
    rf"leider|es tut mir leid|tut mir leid|entschuldigung|(laut|gemäß|nach|basierend auf|auf (der )?grundlage) {_DE_DOCS}",
    rf"(je suis )?désolée?|malheureusement|(d'après|selon|sur la base d\w+) {_FR_DOCS}",
    rf"lo siento|lamentablemente|desafortunadamente|(según|de acuerdo con|en base a) {_ES_DOCS}",
    rf"mi dispiace|purtroppo|(secondo|in base a\w*) (il |lo |la |i |gli |le )?{_IT_NOUN}",
    rf"desculpe|lamento|sinto muito|infelizmente|(com base n[ao]s?|segundo|de acordo com) ([ao]s? )?{_PT_NOUN}",
    rf"sorry|het spijt me|helaas|(volgens|op basis van) {_NL_DOCS}",
    rf"(很|非常)?抱歉|对不起|對不起|遗憾的是|遺憾的是|(根据|根據|基于|基於){_ZH_DOCS}|申し訳ありませんが|申し訳ございませんが|残念ながら|죄송합니다만?|죄송하지만",
)
_BUT = r"(aber|mais|pero|ma|mas|maar)"


def refuses_elsewhere(sentence: str) -> bool:
    """Whether a sentence in lower case is a refusal in one of these languages."""
    return bool(_refusals().match(sentence))


@cache
def _refusals() -> re.Pattern[str]:
    """Compiled when it is first needed."""
    lead = rf"((({'|'.join(_LEADS)})[,:\uff0c\u3001]?(\s+|(?<=[\uff0c\u3001])|(?<=が))({_BUT}\s+)?)*)"
    said = "|".join((*_GERMAN, *_FRENCH, *_SPANISH, *_ITALIAN, *_PORTUGUESE, *_DUTCH, *_CHINESE, *_JAPANESE, *_KOREAN))
    return re.compile(re.sub(r"(?<!\\)\((?!\?)", "(?:", rf"{lead}({said})"))

"""Passages in Chinese, Japanese, German, French and Spanish, what they bear out, and what they do not.

    planted()     →  [Planted("zh", "云雀号最多能载多少货物？", "最多能载120公斤。", "number", gold=0, hits), …]

Written for tunebook.  An answer of kind None says what its passage says, in other words or another order; the other
kinds alter a number (or a date), a name, or a negation, or say what no passage says.  All passages of its language are its
hits, the right one first in half of the answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tunebook.documents import split
from tunebook.values import Document, Hit, Passage


@dataclass(frozen=True, slots=True)
class Planted:
    """One answer to check: `kind` is the error that was planted, or None; `gold` the document behind it."""

    language: str
    question: str
    text: str
    kind: str | None
    gold: str
    hits: tuple[Hit, ...]


Answers = tuple[tuple[str | None, str, str], ...]  # kind, question, answer
TEXTS: dict[str, tuple[tuple[str, Answers], ...]] = {
    "zh": (
        (
            "云雀号是一辆电动货运自行车，自重32公斤，最多可以载80公斤的货物。电池充满电需要四个小时，续航约65公里。"
            "车架保修五年，电池保修两年。",
            (
                (None, "云雀号能载多少货物？", "云雀号最多能载80公斤货物。"),
                (None, "充满电后能走多远？", "充满电后，它可以行驶约65公里。"),
                (None, "充电要多久？", "充满电要4个小时。"),
                ("number", "云雀号能载多少货物？", "云雀号最多能载120公斤货物。"),
                ("number", "电池保修几年？", "电池保修三年。"),
                ("other", "云雀号有什么颜色？", "云雀号有红色和蓝色两种颜色。"),
            ),
        ),
        (
            "从南港到石岛的渡轮每天早上七点发船，每小时一班，最后一班在晚上九点。星期一因为维修而停运。"
            "成人票价15元，十二岁以下的儿童免费。船上不允许携带宠物。",
            (
                (None, "渡轮哪天停运？", "渡轮星期一停运，因为要维修。"),
                (None, "儿童要买票吗？", "12岁以下的儿童免费。"),
                (None, "可以带宠物吗？", "渡轮上不允许携带宠物。"),
                ("number", "渡轮哪天停运？", "渡轮星期三停运，因为要维修。"),
                ("negation", "可以带宠物吗？", "船上允许携带宠物。"),
                ("number", "票价是多少？", "成人票价是25元。"),
            ),
        ),
        (
            "市立图书馆由建筑师林文彬设计，于1987年开放，馆藏超过四十万册。星期二到星期日上午九点开门，下午六点关门。"
            "读者一次最多可以借十本书，借期为三十天，图书不能续借。",
            (
                (None, "图书馆是谁设计的？", "图书馆的设计师是林文彬。"),
                (None, "一次能借几本书？", "一次最多借10本书。"),
                (None, "图书馆什么时候开放的？", "市立图书馆在1987年开放。"),
                ("name", "图书馆是谁设计的？", "图书馆由建筑师陈国强设计。"),
                ("number", "图书馆什么时候开放的？", "市立图书馆于1978年开放。"),
                ("negation", "图书能续借吗？", "图书能续借。"),
            ),
        ),
        (
            "咖啡机在使用前必须加满水，水箱容量为1.8升。除垢灯亮起时，请在三天之内除垢，否则保修失效。"
            "请勿使用醋，因为醋会损坏密封圈。清洗时不要把机器浸入水中。",
            (
                (None, "水箱有多大？", "水箱的容量是1.8升。"),
                (None, "为什么不能用醋？", "醋会损坏密封圈，所以请勿使用醋。"),
                (None, "清洗时要注意什么？", "清洗的时候不要将机器浸入水中。"),
                ("number", "水箱有多大？", "水箱的容量是2.5升。"),
                ("negation", "清洗时要注意什么？", "清洗时要把机器浸入水中。"),
                ("number", "什么时候除垢？", "除垢灯亮起后，请在七天之内除垢。"),
            ),
        ),
        (
            "晨光公司成立于2003年，总部设在青岛，有员工420人。2021年，公司收购了位于大连的海星船厂。"
            "创始人是王丽华，现任总经理是赵建国。",
            (
                (None, "总部在哪里？", "晨光公司的总部在青岛。"),
                (None, "谁创立了公司？", "公司的创始人是王丽华。"),
                (None, "2021年发生了什么？", "公司在2021年收购了海星船厂。"),
                ("name", "谁创立了公司？", "创始人是李志明。"),
                ("name", "总部在哪里？", "晨光公司的总部设在上海。"),
                ("number", "有多少员工？", "晨光公司有员工240人。"),
            ),
        ),
        (
            "租户必须提前两个月书面通知房东才能解约。押金为三个月的租金，退房后三十天内退还。"
            "房屋内禁止吸烟，但是可以养猫。超过500元的维修费用由房东承担。",
            (
                (None, "怎样解约？", "解约要提前两个月书面通知房东。"),
                (None, "押金什么时候退？", "押金在退房后30天内退还。"),
                (None, "维修费用由谁承担？", "房东承担超过500元的维修费用。"),
                ("number", "怎样解约？", "解约要提前六个月书面通知房东。"),
                ("negation", "房屋内可以吸烟吗？", "房屋内可以吸烟。"),
                ("other", "可以养鸟吗？", "经过邻居同意就可以养鸟。"),
            ),
        ),
    ),
    "ja": (
        (
            "ヒバリ号は電動の貨物自転車で、重さは32キロ、最大80キロの荷物を運べます。充電には4時間かかり、航続距離は約65キロメートルです。"
            "フレームの保証は5年、バッテリーの保証は2年です。",
            (
                (None, "どれだけ運べますか。", "ヒバリ号は最大80キロの荷物を運ぶことができます。"),
                (None, "充電は何時間ですか。", "充電にかかる時間は4時間です。"),
                (None, "航続距離は。", "約65キロメートルの航続距離があります。"),
                ("number", "どれだけ運べますか。", "ヒバリ号は最大120キロの荷物を運べます。"),
                ("number", "バッテリーの保証は何年ですか。", "バッテリーの保証は3年です。"),
                ("other", "色は何ですか。", "ヒバリ号の色は赤と青から選べます。"),
            ),
        ),
        (
            "南港から石島へのフェリーは毎朝7時に出航し、1時間ごとに運航します。最終便は21時です。月曜日は整備のため運休します。"
            "大人の料金は1,500円、12歳未満の子供は無料です。ペットの同伴はできません。",
            (
                (None, "いつ運休しますか。", "フェリーは月曜日に運休します。"),
                (None, "子供の料金はいくらですか。", "12歳未満の子供は無料で乗れます。"),
                (None, "ペットを連れて行けますか。", "ペットの同伴はできません。"),
                ("number", "いつ運休しますか。", "フェリーは水曜日に運休します。"),
                ("negation", "ペットを連れて行けますか。", "ペットの同伴はできます。"),
                ("number", "大人の料金はいくらですか。", "大人の料金は2,500円です。"),
            ),
        ),
        (
            "市立図書館は建築家の林健一が設計し、1987年に開館しました。蔵書は40万冊を超えます。火曜日から日曜日の午前9時に開き、午後6時に閉まります。"
            "本は一度に10冊まで30日間借りられますが、貸出の延長はできません。",
            (
                (None, "図書館を設計したのは誰ですか。", "図書館を設計したのは林健一です。"),
                (None, "何冊借りられますか。", "一度に十冊まで借りられます。"),
                (None, "いつ開館しましたか。", "市立図書館の開館は1987年です。"),
                ("name", "図書館を設計したのは誰ですか。", "図書館は建築家の田中誠が設計しました。"),
                ("number", "いつ開館しましたか。", "市立図書館は1978年に開館しました。"),
                ("negation", "延長できますか。", "貸出の延長はできます。"),
            ),
        ),
        (
            "コーヒーメーカーは使用前に必ず水を入れてください。タンクの容量は1.8リットルです。ランプが点灯したら、3日以内に洗浄しないと保証が無効になります。"
            "酢は密封材を傷めるので使用しないでください。本体を水に浸けないでください。",
            (
                (None, "タンクの容量は。", "タンクには1.8リットルの容量があります。"),
                (None, "酢を使えますか。", "密封材を傷めるので、酢は使用しないでください。"),
                (None, "いつ洗浄しますか。", "ランプが点灯してから3日以内に洗浄します。"),
                ("number", "タンクの容量は。", "タンクの容量は2.5リットルです。"),
                ("negation", "本体を水に浸けてもいいですか。", "本体を水に浸けてください。"),
                ("number", "いつ洗浄しますか。", "ランプが点灯したら、7日以内に洗浄します。"),
            ),
        ),
        (
            "朝日商会は2003年に設立され、本社は青森にあり、従業員は420人です。2021年に函館の造船所を買収しました。"
            "創業者は中村花子、現在の社長は佐藤次郎です。",
            (
                (None, "本社はどこですか。", "朝日商会の本社は青森です。"),
                (None, "創業者は誰ですか。", "創業者の名前は中村花子です。"),
                (None, "2021年に何をしましたか。", "函館の造船所を2021年に買収しました。"),
                ("name", "創業者は誰ですか。", "創業者は鈴木一郎です。"),
                ("name", "本社はどこですか。", "朝日商会の本社は大阪にあります。"),
                ("number", "従業員は何人ですか。", "従業員は240人です。"),
            ),
        ),
        (
            "賃借人は解約の2か月前までに書面で通知しなければなりません。敷金は家賃3か月分で、退去後30日以内に返還されます。"
            "室内は禁煙ですが、猫を飼うことはできます。5万円を超える修理費は家主が負担します。",
            (
                (None, "解約の通知はいつまでですか。", "解約は2か月前までに書面で通知する必要があります。"),
                (None, "敷金はいつ返還されますか。", "敷金の返還は退去後30日以内です。"),
                (None, "修理費は誰が負担しますか。", "50,000円を超える修理費の負担は家主です。"),
                ("number", "解約の通知はいつまでですか。", "解約は6か月前までに書面で通知しなければなりません。"),
                ("negation", "猫を飼えますか。", "猫を飼うことはできません。"),
                ("other", "鳥を飼えますか。", "隣人の同意があれば鳥を飼えます。"),
            ),
        ),
    ),
    "de": (
        (
            "Der Reiher ist ein elektrisches Lastenrad mit einem Eigengewicht von 32 kg und trägt bis zu 80 kg Ladung. Eine volle "
            "Ladung des Akkus dauert vier Stunden und reicht für etwa 65 Kilometer. Auf den Rahmen geben wir fünf Jahre Garantie, "
            "auf den Akku zwei Jahre.",
            (
                (None, "Wie viel trägt der Reiher?", "Der Reiher trägt höchstens 80 kg Ladung."),
                (None, "Wie weit fährt er?", "Mit vollem Akku kommt man etwa 65 Kilometer weit."),
                (None, "Wie lange dauert das Laden?", "Das Laden des Akkus dauert 4 Stunden."),
                ("number", "Wie viel trägt der Reiher?", "Der Reiher trägt bis zu 120 kg Ladung."),
                ("number", "Wie lange ist die Garantie auf den Akku?", "Die Garantie auf den Akku gilt drei Jahre."),
                ("other", "Welche Farben gibt es?", "Den Reiher gibt es in roter und blauer Farbe."),
            ),
        ),
        (
            "Die Fähre vom Südhafen nach Steinau legt jeden Morgen um sieben Uhr ab und fährt jede Stunde; die letzte "
            "geht um 21 Uhr. Am Montag fährt sie wegen Wartung nicht. Erwachsene zahlen 15 Euro, Kinder unter zwölf Jahren fahren "
            "kostenlos. Haustiere sind an Bord nicht erlaubt.",
            (
                (None, "Wann fährt die Fähre nicht?", "Montags fällt die Fähre wegen Wartung aus."),
                (None, "Was zahlen Kinder?", "Kinder unter 12 Jahren fahren kostenlos mit."),
                (None, "Darf mein Hund mit?", "Nein, Haustiere sind an Bord nicht erlaubt."),
                ("number", "Wann fährt die Fähre nicht?", "Am Mittwoch fährt sie wegen Wartung nicht."),
                ("negation", "Darf mein Hund mit?", "Haustiere sind an Bord erlaubt."),
                ("number", "Was zahlen Erwachsene?", "Erwachsene zahlen 25 Euro."),
            ),
        ),
        (
            "Die Stadtbücherei wurde von dem Architekten Anton Falk entworfen und 1987 eröffnet. Sie besitzt mehr als 400.000 "
            "Bände. Dienstags bis sonntags öffnet sie um neun und schließt um 18 Uhr. Man darf bis zu zehn Bücher für dreißig Tage "
            "ausleihen; verlängern lassen sie sich nicht.",
            (
                (
                    None,
                    "Wer hat die Bücherei entworfen?",
                    "Der Entwurf der Stadtbücherei stammt von dem Architekten Anton Falk.",
                ),
                (None, "Wie viele Bücher darf man ausleihen?", "Es dürfen höchstens 10 Bücher ausgeliehen werden."),
                (None, "Seit wann gibt es sie?", "Seit 1987 ist die Stadtbücherei geöffnet."),
                (
                    "name",
                    "Wer hat die Bücherei entworfen?",
                    "Die Stadtbücherei wurde von dem Architekten Georg Lind entworfen.",
                ),
                ("number", "Seit wann gibt es sie?", "Die Stadtbücherei wurde 1978 eröffnet."),
                ("negation", "Kann man verlängern?", "Die Bücher lassen sich verlängern."),
            ),
        ),
        (
            "Füllen Sie vor dem Gebrauch den Wassertank der Kaffeemaschine; er fasst 1,8 Liter. Leuchtet die Entkalkungsanzeige, "
            "muss binnen drei Tagen entkalkt werden, sonst erlischt die Gewährleistung. Verwenden Sie keinen Essig, denn er "
            "beschädigt die Dichtungen. Tauchen Sie das Gerät zur Reinigung nicht in Wasser.",
            (
                (None, "Wie viel fasst der Tank?", "In den Wassertank passen 1,8 Liter."),
                (None, "Warum kein Essig?", "Essig beschädigt die Dichtungen."),
                (None, "Wann muss man entkalken?", "Wenn die Anzeige leuchtet, ist binnen 3 Tagen zu entkalken."),
                ("number", "Wie viel fasst der Tank?", "Der Wassertank fasst 2,5 Liter."),
                ("negation", "Wie reinigt man das Gerät?", "Tauchen Sie das Gerät zur Reinigung in Wasser."),
                ("number", "Wann muss man entkalken?", "Das Gerät muss binnen sieben Tagen entkalkt werden."),
            ),
        ),
        (
            "Die Morgenrot AG wurde 2003 gegründet, hat ihren Sitz in Bremen und beschäftigt 420 Mitarbeiter. 2021 übernahm sie "
            "die Seestern-Werft in Kiel. Gründerin ist Lena Brandt, Geschäftsführer ist heute Paul Voss.",
            (
                (None, "Wo ist der Sitz?", "Der Sitz der Morgenrot AG ist in Bremen."),
                (None, "Wer gründete die Firma?", "Gegründet wurde das Unternehmen von Lena Brandt."),
                (None, "Was geschah 2021?", "Im Jahr 2021 kaufte die Firma die Seestern-Werft."),
                ("name", "Wer gründete die Firma?", "Gründerin ist Maria Stein."),
                ("name", "Wo ist der Sitz?", "Die Morgenrot AG hat ihren Sitz in Hamburg."),
                ("number", "Wie viele Mitarbeiter hat sie?", "Die Morgenrot AG beschäftigt 240 Mitarbeiter."),
            ),
        ),
        (
            "Der Mieter muss den Mietvertrag zwei Monate vorher schriftlich kündigen. Die Kaution beträgt drei "
            "Monatsmieten und wird binnen dreißig Tagen nach dem Auszug zurückgezahlt. In der Wohnung darf nicht geraucht "
            "werden, Katzen sind erlaubt. Reparaturen über 500 Euro zahlt der Vermieter.",
            (
                (None, "Wie kündigt man?", "Den Vertrag kündigt der Mieter schriftlich, und zwar zwei Monate vorher."),
                (
                    None,
                    "Wann bekommt man die Kaution?",
                    "Die Rückzahlung der Kaution erfolgt binnen 30 Tagen nach dem Auszug.",
                ),
                (None, "Wer zahlt Reparaturen?", "Der Vermieter übernimmt die Kosten von Reparaturen über 500 Euro."),
                ("number", "Wie kündigt man?", "Der Mieter muss sechs Monate vorher schriftlich kündigen."),
                ("negation", "Darf man rauchen?", "In der Wohnung darf geraucht werden."),
                ("other", "Sind Vögel erlaubt?", "Vögel sind mit Zustimmung der Nachbarn erlaubt."),
            ),
        ),
    ),
    "fr": (
        (
            "Le Héron est un vélo cargo électrique qui pèse 32 kg et porte jusqu'à 80 kg. La batterie se charge en quatre "
            "heures et suffit pour environ 65 kilomètres. Le cadre est garanti cinq ans, la batterie deux ans.",
            (
                (None, "Combien porte le Héron ?", "Le Héron peut porter 80 kg au plus."),
                (None, "Jusqu'où va-t-il ?", "Avec une batterie chargée, il parcourt environ 65 kilomètres."),
                (None, "Combien de temps dure la charge ?", "La charge de la batterie dure 4 heures."),
                ("number", "Combien porte le Héron ?", "Le Héron porte jusqu'à 120 kg."),
                ("number", "Combien dure la garantie de la batterie ?", "La batterie est garantie trois ans."),
                ("other", "Quelles couleurs y a-t-il ?", "Le Héron existe en rouge et en bleu."),
            ),
        ),
        (
            "Le bac de Port-Sud à l'île de Pierre part chaque matin à sept heures, puis toutes les heures; le dernier part à "
            "21 heures. Il ne circule pas le lundi, à cause de l'entretien. Les adultes paient 15 euros, les enfants de "
            "moins de douze ans voyagent gratuitement. Les animaux ne sont pas admis à bord.",
            (
                (None, "Quand le bac ne circule-t-il pas ?", "Le lundi, le bac ne circule pas à cause de l'entretien."),
                (None, "Que paient les enfants ?", "Un enfant de moins de 12 ans voyage gratuitement."),
                (None, "Puis-je amener mon chien ?", "Non, les animaux ne sont pas admis à bord."),
                (
                    "number",
                    "Quand le bac ne circule-t-il pas ?",
                    "Il ne circule pas le mercredi, à cause de l'entretien.",
                ),
                ("negation", "Puis-je amener mon chien ?", "Les animaux sont admis à bord."),
                ("number", "Que paient les adultes ?", "Les adultes paient 25 euros."),
            ),
        ),
        (
            "La bibliothèque municipale, dessinée par l'architecte Antoine Faucon, a ouvert en 1987 et possède plus de 400 "
            "000 volumes. Du mardi au dimanche, elle ouvre à neuf heures et ferme à 18 heures. On peut emprunter dix livres "
            "pour trente jours; le prêt ne peut pas être prolongé.",
            (
                (None, "Qui a dessiné la bibliothèque ?", "L'architecte de la bibliothèque est Antoine Faucon."),
                (None, "Combien de livres peut-on emprunter ?", "On emprunte 10 livres au plus."),
                (None, "Quand a-t-elle ouvert ?", "La bibliothèque municipale est ouverte depuis 1987."),
                (
                    "name",
                    "Qui a dessiné la bibliothèque ?",
                    "La bibliothèque a été dessinée par l'architecte Georges Lindon.",
                ),
                ("number", "Quand a-t-elle ouvert ?", "La bibliothèque a ouvert en 1978."),
                ("negation", "Peut-on prolonger le prêt ?", "Le prêt peut être prolongé."),
            ),
        ),
        (
            "Remplissez le réservoir de la machine à café avant l'emploi; il contient 1,8 litre. Quand le voyant s'allume, "
            "il faut détartrer dans les trois jours, sinon la garantie est perdue. N'utilisez pas de vinaigre: il abîme les "
            "joints. Ne plongez pas l'appareil dans l'eau.",
            (
                (None, "Combien contient le réservoir ?", "Le réservoir de la machine contient 1,8 litre."),
                (None, "Pourquoi pas de vinaigre ?", "Le vinaigre abîme les joints."),
                (None, "Quand faut-il détartrer ?", "Il faut détartrer dans les 3 jours quand le voyant s'allume."),
                ("number", "Combien contient le réservoir ?", "Le réservoir contient 2,5 litres."),
                ("negation", "Comment nettoyer l'appareil ?", "Plongez l'appareil dans l'eau."),
                ("number", "Quand faut-il détartrer ?", "Il faut détartrer dans les sept jours."),
            ),
        ),
    ),
    "es": (
        (
            "La Garza es una bicicleta de carga eléctrica que pesa 32 kg y lleva hasta 80 kg. La batería se carga en cuatro "
            "horas y alcanza para unos 65 kilómetros. El cuadro tiene cinco años de garantía, la batería dos años.",
            (
                (None, "¿Cuánto lleva la Garza?", "La Garza puede llevar como máximo 80 kg."),
                (None, "¿Hasta dónde llega?", "Con la batería cargada recorre unos 65 kilómetros."),
                (None, "¿Cuánto tarda la carga?", "La carga de la batería tarda 4 horas."),
                ("number", "¿Cuánto lleva la Garza?", "La Garza lleva hasta 120 kg."),
                ("number", "¿Cuánto dura la garantía de la batería?", "La batería tiene tres años de garantía."),
                ("other", "¿Qué colores hay?", "La Garza se vende en rojo y en azul."),
            ),
        ),
        (
            "El transbordador de Puerto Sur a Isla Piedra sale cada mañana a las siete y después cada hora; el último sale a "
            "las 21 horas. Los lunes no circula por mantenimiento. Los adultos pagan 15 euros; los niños menores de doce "
            "años viajan gratis. No se admiten mascotas a bordo.",
            (
                (None, "¿Cuándo no circula?", "El transbordador no circula los lunes por mantenimiento."),
                (None, "¿Qué pagan los niños?", "Los menores de 12 años viajan gratis."),
                (None, "¿Puedo llevar a mi perro?", "No, a bordo no se admiten mascotas."),
                ("number", "¿Cuándo no circula?", "No circula los miércoles por mantenimiento."),
                ("negation", "¿Puedo llevar a mi perro?", "Se admiten mascotas a bordo."),
                ("number", "¿Qué pagan los adultos?", "Los adultos pagan 25 euros."),
            ),
        ),
        (
            "La biblioteca municipal, proyectada por el arquitecto Antonio Falcón, abrió en 1987 y tiene más de 400.000 "
            "volúmenes. De martes a domingo abre a las nueve y cierra a las 18 horas. Se pueden llevar diez libros durante "
            "treinta días; el préstamo no se puede prorrogar.",
            (
                (
                    None,
                    "¿Quién proyectó la biblioteca?",
                    "El proyecto de la biblioteca es del arquitecto Antonio Falcón.",
                ),
                (None, "¿Cuántos libros se pueden llevar?", "Se pueden llevar 10 libros como máximo."),
                (None, "¿Cuándo abrió?", "La biblioteca municipal está abierta desde 1987."),
                (
                    "name",
                    "¿Quién proyectó la biblioteca?",
                    "La biblioteca fue proyectada por el arquitecto Jorge Linde.",
                ),
                ("number", "¿Cuándo abrió?", "La biblioteca abrió en 1978."),
                ("negation", "¿Se puede prorrogar?", "El préstamo se puede prorrogar."),
            ),
        ),
        (
            "Llene el depósito de la cafetera antes de usarla; caben 1,8 litros. Cuando se enciende el piloto, hay que "
            "descalcificar en tres días; si no, se pierde la garantía. No use vinagre, porque daña las juntas. No sumerja el "
            "aparato en agua.",
            (
                (None, "¿Cuánto cabe en el depósito?", "En el depósito de la cafetera caben 1,8 litros."),
                (None, "¿Por qué no vinagre?", "El vinagre daña las juntas."),
                (
                    None,
                    "¿Cuándo hay que descalcificar?",
                    "Hay que descalcificar en 3 días cuando se enciende el piloto.",
                ),
                ("number", "¿Cuánto cabe en el depósito?", "En el depósito caben 2,5 litros."),
                ("negation", "¿Cómo se limpia?", "Sumerja el aparato en agua."),
                ("number", "¿Cuándo hay que descalcificar?", "Hay que descalcificar en siete días."),
            ),
        ),
    ),
}


def planted() -> Iterator[Planted]:
    """36 answers in each of the first three languages and 24 in the others, half of them borne out."""
    for language, texts in TEXTS.items():
        passages = [_passage(f"{language}{place}", text) for place, (text, _) in enumerate(texts)]
        for place, (_, answers) in enumerate(texts):
            for number, (kind, question, text) in enumerate(answers):
                others = [one for one in passages if one is not passages[place]]
                order = [passages[place], *others] if number % 2 == 0 else [others[0], passages[place], *others[1:]]
                hits = tuple(Hit(rank, 1 - 0.1 * rank, passage) for rank, passage in enumerate(order, 1))
                yield Planted(language, question, text, kind, passages[place].document, hits)


def _passage(id: str, text: str) -> Passage:
    return split(Document(id, "", text), lambda texts: [len(one) for one in texts], 1000)[0]

"""Build the binary documents of the Larkmoor example: two PDF, two DOCX and one XLSX file.

Run from the root of the repository, without arguments:

    python examples/sources/guides_and_people.py

The text stands first and the code last. A second run writes the same bytes.
"""

import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

import openpyxl
from docx import Document
from openpyxl.styles import Alignment, Font
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import cm
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

OUT = Path("examples/larkmoor/documents")

Rows: TypeAlias = Sequence[Sequence[str]]
# A block is a kind and its content: "title", "heading", "text", "step" with a string,
# "table" with rows (the first one is the head), "page" with an empty string.
Block: TypeAlias = tuple[str, str | Rows]

FOOD_FLOWERS_MEDICAL: list[Block] = [
    ("title", "Food, flowers and clinic boxes"),
    (
        "text",
        (
            "Guide for riders and for the packing bench at Port Sallow. Written by Calla Brandreth with the "
            "clinics' own staff. Edition 2, 17 March 2025."
        ),
    ),
    ("heading", "1. Food"),
    (
        "text",
        (
            "Food rides alone. Laundry, tools and parcels go on another bike or on the next round. The box is "
            "wiped with the vinegar cloth before loading and again after the last drop."
        ),
    ),
    (
        "table",
        [
            ["Goods", "Temperature", "Longest ride", "How it is packed"],
            ["Bread and rolls", "any", "no limit", "paper over the top tray"],
            ["Milk, cheese, fish", "2 to 5 °C", "90 minutes", "grey chill box, three ice plates"],
            ["Hot meals", "above 65 °C", "35 minutes", "red bag, zip closed"],
            ["Cakes", "below 18 °C", "60 minutes", "single layer, non-slip mat"],
        ],
    ),
    (
        "text",
        (
            "Read the thermometer in the lid when you collect and when you hand over, and write both figures "
            "on the slip. If chilled goods arrive above 7 °C, the customer decides; you do not persuade."
        ),
    ),
    ("text", ("Ice plates need 10 hours in the freezer. Take them from the left side and put used ones on the right.")),
    ("page", ""),
    ("heading", "2. Flowers"),
    (
        "text",
        (
            "Flowers suffer from three things: wind, sun and riders who brake late. Buckets are filled to one "
            "third, no more, and stand in the ring rack, which holds six."
        ),
    ),
    ("step", "Below 4 °C every bunch is wrapped in two sheets of paper, head included."),
    (
        "step",
        ("Above 26 °C cut flowers are in the sun for 40 minutes at most. Plan the drops so that they ride first."),
    ),
    ("step", "Stems taller than 70 cm lie flat, heads to the rear."),
    (
        "step",
        ("Wreaths and funeral flowers are carried one to a layer, and the rider phones 10 minutes before arrival."),
    ),
    (
        "text",
        (
            "If something breaks, take a photograph, keep the stem and tell the florist before the recipient "
            "sees it. Florists forgive a snapped rose. They do not forgive a surprise."
        ),
    ),
    ("page", ""),
    ("heading", "3. Clinic boxes"),
    (
        "text",
        (
            "Only riders with Level 3 carry clinic boxes. The box is orange, closed by the clinic with a "
            "numbered seal, and we never open it."
        ),
    ),
    ("step", "Check the seal number against the slip. Two signatures at collection, two at delivery."),
    ("step", "From seal to hand-over no more than 60 minutes. At 45 minutes, tell dispatch where you are."),
    ("step", "A clinic box is never left alone, not even for a minute, and never put down on the ground."),
    ("step", "No more than four clinic boxes on one bike, and nothing on top of them."),
    (
        "text",
        (
            "If a box leaks: stop, put on the gloves from the lid pocket, put the box into the clear sack, "
            "and call channel 5. Rhiannon Dusk sends the clinic's own team. Do not wipe anything up."
        ),
    ),
    (
        "text",
        (
            "If nobody at the clinic can sign, ride back to the sender. Spare seals do not exist, and a "
            "broken seal is reported within 15 minutes."
        ),
    ),
]

TRAINING_LEVELS: list[Block] = [
    ("title", "Training levels"),
    ("text", "Staff handbook, part 6. Rhiannon Dusk and Petrus Halloran. In force from 1 February 2025."),
    (
        "text",
        (
            "Everyone at Larkmoor holds at least Level 1, including the office. The level is shown by the "
            "band on your upper arm, so that a colleague at the gate can see at once what you may do."
        ),
    ),
    (
        "table",
        [
            ["Level", "Band", "Course", "Assessed by", "Valid for", "You may"],
            ["1 Yard", "grey", "6 hours", "any shift lead", "no end date", "move and park bikes in the yard"],
            ["2 Road", "green", "16 hours", "Petrus Halloran", "36 months", "ride rounds alone on Wren and Heron"],
            ["3 Load", "blue", "12 hours", "Petrus Halloran", "24 months", "ride the Osprey, carry clinic boxes"],
            ["4 Lead", "orange", "20 hours", "Rhiannon Dusk", "36 months", "lead a shift, set the gate board"],
        ],
    ),
    (
        "text",
        (
            "You wait at least 8 weeks between Level 2 and Level 3, and one year between Level 3 and Level 4. "
            "From Level 2 on, each level adds 0.70 cr to your hourly pay."
        ),
    ),
    ("page", ""),
    ("heading", "How we test"),
    (
        "text",
        (
            "Level 1 ends with a round of the yard and ten spoken questions. The other levels have a written "
            "part and a practical part."
        ),
    ),
    (
        "step",
        ("Written: 20 questions in 40 minutes, 17 right answers to pass. You may have the questions read to you."),
    ),
    (
        "step",
        (
            "Road test for Level 2: 12 km through the town with Petrus behind you. Four faults are allowed; "
            "riding through a red light ends the test."
        ),
    ),
    ("step", "Before the Level 2 test you ride 40 km accompanied, at least 10 of them in the dark."),
    (
        "step",
        (
            "Load test for Level 3: an Osprey with 180 kg of sandbags, once round the harbour and up Eel "
            "Steps by the ramp, with no bag shifted by more than 5 cm."
        ),
    ),
    ("step", "Level 4: you plan a shift on paper and lead two real ones while Rhiannon watches."),
    ("text", "Tests are on Tuesdays and Thursdays. Course and test count as working hours."),
    ("page", ""),
    ("heading", "If it goes wrong, and how to renew"),
    (
        "text",
        (
            "You may try again after 7 days. After a third failed attempt there is a talk with Rhiannon about "
            "what would help; so far it has helped everyone but two."
        ),
    ),
    (
        "text",
        (
            "Levels 2, 3 and 4 are renewed with a half-day course of 4 hours in the last two months before "
            "the end date. A level that has run out is gone: after that, you do the full test again, but not "
            "the course."
        ),
    ),
    (
        "text",
        (
            "Anyone away from riding for more than 5 months does a 30-minute check ride before the first "
            "round. The level stays valid in the meantime."
        ),
    ),
    (
        "text",
        (
            "After a fall with an injury, the level rests until Petrus has ridden one round with you. It is "
            "not a punishment, and pay stays the same."
        ),
    ),
    (
        "text",
        (
            "Records are kept by Jonquil Abara for 6 years. You may see your own sheet at any time, and you "
            "get a copy when you leave us."
        ),
    ),
]

CARGO_BOX_FITTING: list[Block] = [
    ("title", "Fitting a cargo box"),
    (
        "text",
        (
            "Workshop instruction W-22. Tove Lindqvist-Amery, 12 May 2025. For the two boxes we bolt on: the "
            "Hamper for the Heron deck and the Hutch for the Osprey deck. The Wren is built with its box and "
            "needs none of this."
        ),
    ),
    ("heading", "What you need"),
    (
        "text",
        (
            "Two people for the Hutch, one for the Hamper. Box kit, 6 mm hex key, torque wrench, drill with "
            "stop, the cork template from the drawer under bench 1. Plan 25 minutes for a Hamper and 50 for a "
            "Hutch."
        ),
    ),
    (
        "table",
        [
            ["", "Hamper (Heron)", "Hutch (Osprey)"],
            ["Mass, empty", "9 kg", "23 kg"],
            ["Volume", "190 litres", "740 litres"],
            ["Bolts", "4, size M6", "8, size M8"],
            ["Tightening", "9 Nm", "21 Nm"],
            ["Part number", "LM-BX-040", "LM-BX-055"],
        ],
    ),
    ("heading", "Steps"),
    ("step", "Stand the bike on the level plate and take the batteries out."),
    (
        "step",
        (
            "Lay the cork template on the deck. If a hole in the deck is more than 2 mm off the template, "
            "stop and call Tove."
        ),
    ),
    ("step", ("Put a rubber washer under every bolt. Without it the floor of the box cracks in the first winter.")),
    ("step", ("Set the box with the drain holes to the rear. There are two, 8 mm wide; check that both are open.")),
    ("step", "Tighten crosswise in two rounds: half the torque first, then all of it."),
    ("step", "Open and close the lid ten times. The gas strut must hold it at any angle above 30 degrees."),
    ("step", "Fix the reflectors, two red at the rear, one amber on each side."),
    ("heading", "Afterwards"),
    (
        "text",
        (
            "The empty box counts as part of the load. Write what is left on the white label inside the lid: "
            "121 kg for a Heron with a Hamper, 197 kg for an Osprey with a Hutch."
        ),
    ),
    (
        "text",
        (
            "Ride 2 km with 20 kg in the box, then look at the washers. All bolts are tightened again after "
            "50 km. Put a dot of yellow paint on each bolt head when that is done. The fitter and one other "
            "person sign the job sheet."
        ),
    ),
    (
        "text",
        (
            "Shelves inside the box are allowed up to half of its height. Drilling through the walls is not: "
            "it weakens the panel, and the hole will face the rain."
        ),
    ),
]

SUPPLIER_ONBOARDING: list[Block] = [
    ("title", "Taking on a new supplier"),
    (
        "text",
        (
            "Sunniva Oakes, purchasing. Version of 2 June 2025. For anyone at Larkmoor who has found somebody "
            "good and would like to buy from them."
        ),
    ),
    ("heading", "In five steps"),
    ("step", ("Tell Sunniva what, how much a year and why the present source will not do. One paragraph is enough.")),
    ("step", "Quotes. Above 1,200 cr a year we ask for two in writing, above 8,000 cr for three."),
    ("step", "Questionnaire S-1, four pages. The supplier has 15 working days to send it back."),
    ("step", ("Sample order of at most 500 cr. The workshop uses the goods for 30 days and writes half a page.")),
    ("step", ("Decision by Sunniva and, above 8,000 cr, by Maren Holloway too. Benedikt Osei opens the account.")),
    (
        "text",
        (
            "From the first paragraph to the first real order it takes about ten weeks. Nothing speeds it up, "
            "and cake has been tried."
        ),
    ),
    ("heading", "What we ask of them"),
    (
        "table",
        [
            ["Subject", "Rule"],
            ["Invoices", "to finance, order number on the first line; paid 30 days after receipt"],
            ["Goods in", "Gate B, Rope Walk 4, Tuesday and Thursday, 09:00 to 12:00"],
            ["Pallets", "up to 180 kg and 1.4 m high; the yard lift takes no more"],
            ["Packaging", "paper, wood or returnable crates; no foam chips"],
            ["Delivery note", "outside the parcel, one note for each order"],
            ["Faulty goods", "collected or credited within 14 days of our message"],
        ],
    ),
    ("heading", "How we look at it later"),
    (
        "text",
        (
            "After six months Sunniva sits down with the workshop. On-time deliveries should be at 95 "
            "percent, faulty pieces below 1 in 200. Below either mark the supplier gets three months to mend "
            "it. After that we look elsewhere."
        ),
    ),
    ("heading", "Gifts and relatives"),
    (
        "text",
        (
            "You may accept presents worth up to 25 cr; share them in the kitchen. If a relative or flatmate "
            "of yours works for the supplier, say so in step 1. It does no harm when it is said, and a good "
            "deal when it is not. Someone else then signs the quotes."
        ),
    ),
]

SHIFTS: Rows = [
    ["Shift", "Depot", "Starts", "Ends", "People", "Days", "Lead"],
    ["Lark", "Port Sallow", "05:45", "13:45", "9", "Monday to Friday", "Hesper Dunmore"],
    ["Midday", "Port Sallow", "09:30", "17:30", "7", "Monday to Friday", "Calla Brandreth"],
    ["Owl", "Port Sallow", "13:15", "21:15", "6", "Monday to Friday", "Idris Fallowfield"],
    ["Weekend", "Port Sallow", "06:45", "17:15", "5", "Saturday", "taken in turn"],
    ["Bench", "Port Sallow workshop", "08:00", "16:00", "6", "Monday to Friday", "Tove Lindqvist-Amery"],
    ["Late bench", "Port Sallow workshop", "11:00", "19:00", "2", "Monday to Thursday", "Ansel Thorne"],
    ["Lark", "Quenby", "06:15", "14:15", "5", "Monday to Friday", "Emeric Stroud"],
    ["Owl", "Quenby", "12:15", "20:15", "4", "Monday to Friday", "Saskia Merrow"],
    ["Weekend", "Quenby", "07:45", "13:15", "2", "Saturday", "taken in turn"],
    ["First", "Tarn Edge", "07:15", "15:15", "3", "Monday to Friday", "Mina Sorrel"],
    ["Second", "Tarn Edge", "10:45", "18:45", "2", "Monday to Friday", "Otto Lisle"],
]

SHIFT_RULES: Rows = [
    ["Subject", "Rule"],
    ["Full hours", "37.5 hours a week: five shifts of 8 hours, each with an unpaid break of 30 minutes."],
    ["Rota", "Put up on Thursdays, three weeks ahead, next to the gate board."],
    [
        "Swaps",
        (
            "Both names on the swap sheet by 12:00 on the day before. The lead may refuse only for lack of a "
            "training level."
        ),
    ],
    ["Rest", "At least 11 hours between two shifts. An Owl is never followed by a Lark."],
    ["Days in a row", "Six at most."],
    ["Saturday", "Extra pay of 4 cr an hour. Nobody works more than two Saturdays in a calendar month."],
    ["Early pay", "Extra pay of 2 cr an hour for work before 06:30."],
    [
        "Overtime",
        (
            "First hour at normal pay, then one and a half times. More than 3 hours a week needs the depot "
            "lead's yes beforehand."
        ),
    ],
    [
        "Being late",
        ("Ring the lead. Up to 10 minutes is nobody's business; beyond that, work it off in the same week."),
    ],
    [
        "Stand-by",
        ("One rider per weekday at Port Sallow, 06:00 to 10:00, by phone: 18 cr a day, plus pay when called."),
    ],
    ["Short notice", "A shift changed by us less than 48 hours ahead carries 20 cr extra."],
]

FIXED_TIME = datetime(2025, 6, 2, 8, 0, 0)


def build_pdf(path: Path, title: str, blocks: Sequence[Block]) -> None:
    """Lay the blocks out on A4 pages."""
    styles = getSampleStyleSheet()
    names = {"title": "Title", "heading": "Heading2", "text": "BodyText", "step": "BodyText"}
    story: list[Paragraph | PageBreak | Spacer | Table] = []
    for kind, content in blocks:
        if kind == "page":
            story.append(PageBreak())
        elif isinstance(content, str):
            bullet = "•" if kind == "step" else None
            story += [Paragraph(content, styles[names[kind]], bulletText=bullet), Spacer(1, 0.2 * cm)]
        else:
            cells = [[Paragraph(cell, styles["BodyText"]) for cell in row] for row in content]
            grid = TableStyle(
                [
                    ("GRID", (0, 0), (-1, -1), 0.5, colors.grey),
                    ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ]
            )
            story += [Table(cells, style=grid, repeatRows=1), Spacer(1, 0.4 * cm)]
    SimpleDocTemplate(str(path), pagesize=A4, title=title, author="Larkmoor Cycle Freight", invariant=1).build(story)


def build_docx(path: Path, blocks: Sequence[Block]) -> None:
    """Write the blocks as a Word document."""
    document = Document()
    document.core_properties.author = "Larkmoor Cycle Freight"
    for kind, content in blocks:
        if not isinstance(content, str):
            table = document.add_table(rows=0, cols=len(content[0]), style="Table Grid")
            for row in content:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        elif kind in ("title", "heading"):
            document.add_heading(content, level=0 if kind == "title" else 1)
        else:
            document.add_paragraph(content, style="List Number" if kind == "step" else None)
    buffer = BytesIO()
    document.save(buffer)
    write_with_fixed_times(path, buffer)


def build_xlsx(path: Path, sheets: dict[str, Rows]) -> None:
    """Write one sheet for each table, with a bold head and wide columns."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
        for head in sheet[1]:
            head.font = Font(bold=True)
        for column in sheet.columns:
            longest = max(len(str(cell.value)) for cell in column)
            sheet.column_dimensions[column[0].column_letter].width = min(longest + 2, 80)
            for cell in column:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    buffer = BytesIO()
    workbook.save(buffer)
    write_with_fixed_times(path, buffer)


def write_with_fixed_times(path: Path, office_file: BytesIO) -> None:
    """Copy an Office file (a zip archive) to path, with every time stamp set to FIXED_TIME."""
    stamp = FIXED_TIME.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(office_file) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", stamp, content)
            entry = zipfile.ZipInfo(name, FIXED_TIME.timetuple()[:6])
            target.writestr(entry, content, zipfile.ZIP_DEFLATED)


def main() -> None:
    """Write all five documents."""
    for folder in ("guides", "people"):
        (OUT / folder).mkdir(parents=True, exist_ok=True)
    build_pdf(OUT / "guides/food-flowers-clinics.pdf", "Food, flowers and clinic boxes", FOOD_FLOWERS_MEDICAL)
    build_pdf(OUT / "people/training-levels.pdf", "Training levels", TRAINING_LEVELS)
    build_docx(OUT / "guides/cargo-box-fitting.docx", CARGO_BOX_FITTING)
    build_docx(OUT / "people/supplier-onboarding.docx", SUPPLIER_ONBOARDING)
    build_xlsx(OUT / "people/shifts.xlsx", {"Shifts": SHIFTS, "Rules": SHIFT_RULES})


if __name__ == "__main__":
    main()

"""The texts of the PDF documents; products_and_policies.py sets them."""

from __future__ import annotations

from typing import TypedDict


class Pdf(TypedDict):
    title: str
    footer: str
    small_page: bool
    widths: list[float]  # shares of the columns; every table of one document has the same columns
    blocks: list[str | list[list[str]]]


HAUL: list[str | list[list[str]]] = [
    "# Haul agreement: terms for yearly rental",
    "Edition 5, in force from 1 January 2025. These terms belong to every Haul contract signed on or after that day. "
    "Contracts signed earlier keep edition 4 until they renew.",
    "## 1. What you get",
    "Haul is our yearly plan. You choose the bikes, we keep them running. The price covers the bike, its battery or "
    "batteries, one Tinder 4 for each battery, a Clasp with two keys, the Pip, the regular service and all wear parts. "
    "We ask for no deposit on Haul.",
    [
        ["Bike", "Price for a year", "Twelve instalments of"],
        ["Wren", "2,940 cr", "245 cr"],
        ["Heron with Ember 9 or Ember 14", "3,510 cr", "292.50 cr"],
        ["Osprey with two Ember 14", "5,280 cr", "440 cr"],
    ],
    "## 2. Paying",
    "You pay in twelve instalments, each on the 5th of the month, or the whole year at once. Whoever pays the year at once "
    "gets 4 percent off. If an instalment is more than 20 days late, we write to you; if it is more than 45 days late, "
    "we collect the bikes.",
    "Several bikes cost less: from 4 bikes on one contract we take off 6 percent, from 10 bikes 11 percent. This comes on top "
    "of the 4 percent for paying at once.",
    "We may raise the price once a year by no more than 5 percent, and we tell you 90 days before it applies.",
    "## 3. Distance",
    "A Haul year includes 9,000 km for each bike. Beyond that we charge 0.08 cr per km. Bikes on one contract share their "
    "kilometres, so that a busy Heron can use what a quiet Wren leaves over.",
    "## 4. Service",
    "The service table decides when a bike is due, and the Pip tells us. We agree on a day with you at least a week ahead. If three or more "
    "bikes stand at one address, our mechanic comes to you and works in your yard; we need a dry space of 3 by 4 metres and a "
    "socket. With fewer bikes you bring them to a depot, and we lend you one for those hours.",
    "One set of tyres in each contract year is included. A second set is charged by the price list. Punctures are "
    "always included on Haul, however many there are.",
    "## 5. When a bike is out of action",
    "You have a replacement bike by the next working day, wherever within 30 km of a depot you are. It is of the same type "
    "or the next larger one. If we miss that, we take 3 percent of the monthly instalment off for each working day it lasts.",
    "A customer on Haul pays half the usual fee for a drop-off, in every zone. Trips for a replacement "
    "bike cost nothing.",
    "## 6. What we ask of you",
    "- Keep the bikes under a roof at night. A tarpaulin counts as a roof.",
    "- Charge only with the Tinder 4, and follow the battery sheet.",
    "- Tell us about damage within 2 working days, even if it seems small.",
    "- Keep a rider list. Up to 25 names can be on it for each bike.",
    "- Put no lettering on the frame. On the box or the panniers you may put up to 0.6 square metres, and you take it off at the end; if we do it, it costs 45 cr.",
    "## 7. Damage that is not wear",
    "Wear is ours, breakage is yours. For the common cases we have fixed amounts, so that nobody needs to argue.",
    [
        ["Damage", "Fixed amount", "What we do"],
        ["Bent front wheel", "85 cr", "new rim, old hub"],
        ["Broken display", "130 cr", "new display"],
        ["Cracked lid of a Wren box", "95 cr", "new lid and hinges"],
        ["Torn pannier of a Heron", "55 cr", "new pannier"],
        ["Bent deck rail of an Osprey", "110 cr", "straighten and weld"],
    ],
    "In one contract year you pay at most 900 cr for damage to one bike. This limit does not cover "
    "theft, which has its own excess.",
    "## 8. Changing bikes",
    "Once in a contract year you may change a bike for another type. The change itself costs nothing, and the new price counts "
    "from the next instalment. We need 12 working days to prepare the other bike.",
    "## 9. How long it runs, and how to leave",
    "A Haul contract runs for 12 months. It renews for another 12 months unless one of us gives notice at least 60 days before it ends. A letter, "
    "or an electronic message from the address we have on file, is enough.",
    "You may also leave early. In the first six months this costs three monthly instalments. From the seventh month on it costs one and a "
    "half monthly instalments. If you close your business, it costs nothing; we then ask for the entry in the trade "
    "register.",
    "## 10. The end",
    "Bring the bikes back within 3 working days of the last day, with batteries, chargers and both keys. We look at each bike "
    "together with you, which takes about 20 minutes. A bike that comes back dirty costs 30 cr for cleaning. Missing parts are charged by "
    "the price list.",
    "## 11. Who answers",
    "Questions on these terms go to Osric Pell at the customer desk, questions on invoices to Benedikt Osei. We "
    "answer within two working days. If we cannot agree, the arbitration office of the Port Sallow traders' guild decides, "
    "and each side pays half of its fee of 160 cr.",
]

INCIDENT: list[str | list[list[str]]] = [
    "# Incident review: battery fire at Tanner's Yard",
    "Thursday 14 November 2024, charging room of the Quenby depot. Written by Rhiannon Dusk with Dr. Nkechi Varga, 9 December 2024. For all staff.",
    "## Summary",
    "An Ember 14 overheated while charging and burned in its cabinet. Nobody was hurt. Three batteries, one cabinet and a "
    "ceiling panel were lost, and the charging room stayed closed for five days. The battery had been dropped three days earlier, and "
    "nobody had reported it. The alarm worked, but its message went to one telephone only, and that telephone was switched off.",
    "We do not name the people involved. Each of them acted as our habits had taught them, and it is the habits that we are changing.",
    "## What happened",
    [
        ["Time", "Event", "Source"],
        [
            "11 Nov, about 16:20",
            "Battery 14-03377 slides off an Osprey deck at a laundry and falls about 70 cm.",
            "interview",
        ],
        ["13 Nov, 18:35", "It is plugged in, in cabinet 2. The timer starts the charge at 22:00.", "charge log"],
        ["14 Nov, 05:31", "Cell temperature passes 45 °C.", "charge log"],
        ["05:49", "Last reading: 81 °C. The charger cuts off.", "charge log"],
        ["05:52", "The smoke alarm sounds and sends its message.", "alarm log"],
        ["06:04", "The first colleague arrives for the early shift and calls the fire watch.", "interview"],
        ["06:17", "The fire watch arrives.", "fire watch"],
        ["06:40", "The fire is out. The cabinet is pulled into the yard.", "fire watch"],
    ],
    "Between the alarm and the first call twelve minutes passed. In that time the cabinet held the fire inside, as it "
    "should. The ceiling panel was scorched because the cabinet's upper vent had been left open.",
    "## What we found",
    "Battery 14-03377 had been in service since May 2022 and had 611 full cycles. Its last capacity test, in September 2024, showed 83 "
    "percent, so by age and use it was in order. Dr. Varga opened the remains on 20 November. Two cells in "
    "the lower row were dented on the side that hit the ground. The dent most likely pierced the separator, and the "
    "long charge overnight did the rest.",
    "Cabinet 2 held 17 batteries that morning. The storage guideline allows fewer. The extra ones had come in from a customer that "
    "closed for the season, and there was no free place in cabinets 1 and 3. The crowding did not start the fire, but two "
    "of the three lost batteries stood in places that should have been empty.",
    "The alarm message went to a single number, which belonged to a colleague who was on leave. This had been so since the "
    "alarm was installed in 2021.",
    "## What went well",
    "- The colleague who arrived first did not open the cabinet door. This is the most important single thing anyone did that day.",
    "- The neighbours had our emergency sheet. The pottery next door shut its gas valve at 06:09 without being asked.",
    "- All bookings of that day were served. Port Sallow sent 8 charged batteries by 09:30.",
    "## What it cost",
    "The incident cost 6,240 cr in all: three Ember 14 at 980 cr each, 1,850 cr for the cabinet, 1,100 cr for the ceiling and cleaning, and "
    "350 cr in lost rentals. The insurer paid 4,000 cr of this. The charging room reopened on 19 November.",
    "## What we change",
    [
        ["Due", "Action", "Owner"],
        ["16 Dec 2024", "The alarm message goes to three telephones, of which one is the theft line.", "Rhiannon Dusk"],
        [
            "10 Jan 2025",
            "A drop card hangs on every bike with an Ember 14. Whoever drops a battery fills it in and hands in the battery.",
            "Osric Pell",
        ],
        [
            "31 Jan 2025",
            "Shelves get numbered places, and surplus places are blocked with a bar.",
            "Tove Lindqvist-Amery",
        ],
        ["28 Feb 2025", "The charge log warns the depot by itself when a cell passes 45 °C.", "Dr. Nkechi Varga"],
        ["31 Mar 2025", "First fire drill at each depot; from then on two a year.", "Rhiannon Dusk"],
    ],
    "## How we talk about drops",
    "A dropped battery costs the customer nothing if it is reported within a day. We decided this on 2 December, at the "
    "proposal of Maren Holloway. A battery that comes in with a dent and without a card is charged at half its price. We would "
    "rather pay for ten sound batteries than miss a bad one.",
    "## Follow-up",
    "The safety officer reports on the five actions at the staff meeting of April 2025. The charge logs of 14 November are kept until the end of 2029. "
    "Anyone who remembers something about that week, even a detail, can still tell Rhiannon Dusk.",
]

STORAGE: list[str | list[list[str]]] = [
    "# Battery storage guideline",
    "Guideline G-7, edition 3, 13 January 2025. Dr. Nkechi Varga, battery engineer. It applies to all depots and, where it says so, to "
    "customers. Changes since edition 2 are in section 8.",
    "## 1. Why storage matters",
    "A battery ages even when nobody uses it. Warmth and a high charge make it age faster. An Ember that lies "
    "full on a sunny sill for one summer loses about as much as in a year on the road.",
    "## 2. Charge and temperature",
    "Store batteries at 40 to 60 percent of charge. The room stays between 8 °C and 22 °C. The table shows the capacity that an Ember loses for "
    "good in one month of storage, measured in our own cabinet at Port Sallow between 2022 and 2024.",
    [
        ["Room", "At 50 percent", "At 100 percent"],
        ["8 °C", "0.1 percent", "0.4 percent"],
        ["15 °C", "0.2 percent", "0.7 percent"],
        ["22 °C", "0.3 percent", "1.2 percent"],
        ["30 °C", "0.8 percent", "2.6 percent"],
    ],
    "Above 30 °C, move the batteries to another room. At Tarn Edge this is the old lamp store behind the signal frame.",
    "## 3. Cabinets",
    "A cabinet holds at most 12 batteries, of either size. This limit has stood since the first edition of March 2022. Leave a gap of 4 cm between "
    "two batteries, and keep the bottom shelf empty: that is where water collects. Places are numbered, and a bar blocks the surplus ones. The upper vent stays closed while "
    "anything is on charge.",
    "Port Sallow has six cabinets, Quenby three and Tarn Edge one. If a depot has more batteries than places, the desk "
    "moves the surplus to another depot the same day.",
    "The smoke detector above the cabinets is tested on the first Monday of each month. The test goes into the blue book.",
    "## 4. Looking after stored batteries",
    "Check each stored battery every six weeks: press the button, read the charge, look at the case. If the charge has "
    "fallen below 30 percent, charge it to 50. Write date and charge on the strip of tape on the handle. "
    "A battery nobody has used for five months gets a full cycle before it goes out.",
    "## 5. Suspect batteries",
    "A battery is suspect if it was dropped from more than half a metre, if its case bulges by more than 2 mm, if it "
    "smells sweet, or if it reported E14. Suspect batteries go into the sand box outdoors and stay there for 72 hours. The sand box stands "
    "at least five metres from any wall.",
    "After 72 hours, measure the voltage. If it fell by more than 0.9 volts during that time, the battery is scrap. If not, it goes "
    "to Port Sallow for a capacity test. Nobody at a depot opens a case.",
    "## 6. Moving batteries",
    "No vehicle of ours carries more than four batteries besides the ones in use. Each one travels in a lined box with its contacts "
    "covered. Suspect batteries are not moved by bike at all; call Dr. Varga, who comes with the steel drum.",
    "## 7. Batteries at the customer's",
    "Customers store batteries in a dry room where nobody sleeps. They may keep up to three without asking us. From four on we visit once and look "
    "at the place; the visit costs nothing and takes half an hour. During a closure of more than six weeks, "
    "customers bring their batteries to us, and we store them without charge.",
    "## 8. End of life, and what is new",
    "We retire a battery from rental when its capacity falls below 72 percent. Retired batteries serve as a buffer for the lights in the Port "
    "Sallow workshop until they reach 50 percent, then they go to the recycler in lots of 20.",
    "New in this edition: the numbered places in section 3, the voltage test in section 5, and the rule for closed businesses in "
    "section 7. All three follow from the review of the fire at Quenby.",
]

PDFS: dict[str, Pdf] = {
    "terms/haul-agreement.pdf": {
        "title": "Haul agreement",
        "footer": "Larkmoor Cycle Freight - Haul agreement, edition 5",
        "small_page": False,
        "widths": [4, 2.5, 3],
        "blocks": HAUL,
    },
    "safety/incident-review-quenby-2024.pdf": {
        "title": "Incident review: battery fire at Tanner's Yard",
        "footer": "Incident review, 14 November 2024",
        "small_page": False,
        "widths": [2.4, 6, 2.4],
        "blocks": INCIDENT,
    },
    "safety/battery-storage-guideline.pdf": {
        "title": "Battery storage guideline",
        "footer": "G-7, edition 3",
        "small_page": True,
        "widths": [2, 3, 3],
        "blocks": STORAGE,
    },
}

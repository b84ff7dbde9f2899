"""The texts of the DOCX and XLSX documents; products_and_policies.py sets them."""

from __future__ import annotations

WARRANTY: list[str | list[list[str]]] = [
    "# Warranty on bikes and parts we sell",
    "Version of 3 March 2025. Owner: Tove Lindqvist-Amery. This warranty is for bikes, batteries and parts bought from Larkmoor. Rented bikes need none: "
    "what breaks there is ours to mend, under the terms of each plan.",
    "## What is covered, and for how long",
    [
        ["Part", "Warranty", "Remark"],
        ["Frame and fork", "6 years", "first owner; see below"],
        ["Motor", "3 years", "no limit of distance"],
        [
            "Ember 9 and Ember 14",
            "30 months or 600 full cycles, whichever comes first",
            "down to 70 percent of capacity",
        ],
        ["Display, Pip, Tinder 4", "2 years", "water damage included"],
        ["Our own repair work", "4 months", "the same fault only"],
    ],
    "A battery falls under the warranty if its capacity drops below 70 percent within the time. We measure it in Port Sallow; the measurement takes two "
    "days, and you have a loan battery meanwhile.",
    "Wear parts are not covered. These are pads, tyres, chains, belts, sprockets, grips and the spring of the Trestle.",
    "## How to claim",
    "Tell us within 21 days of noticing the fault, with the bike number and a few words. The workshop manager decides within 8 working days. "
    "In the first 12 months after purchase we pay parts and labour. After that we pay the parts, and labour costs 52 cr per hour.",
    "## When the warranty ends early",
    "- The case of a battery was opened by anyone but us.",
    "- A charger other than the Tinder 4 was used. The charge log in the battery shows this.",
    "- The bike carried more than its payload and the damage comes from that.",
    "- The regular service is more than 400 km overdue.",
    "## If you sell the bike",
    "The frame warranty passes to a second owner, but it then ends 2 years after the transfer or with the original 6 years, whichever comes first. The transfer needs a "
    "card from us, which costs 25 cr. All other warranties pass on unchanged and without a card.",
]

REFUND_2023: list[str | list[list[str]]] = [
    "# Refund policy",
    "Date: 6 February 2023. Owner: Benedikt Osei, Finance.",
    "## 1. Day rentals",
    "A Hop cancelled at least 48 hours before it begins is refunded in full. Between 48 and 24 hours before, we refund 40 percent of the price. Later than that there "
    "is no refund.",
    "## 2. Monthly plans",
    "A Stride is refunded only in whole weeks. Days of a started week stay with us.",
    "## 3. Bikes bought from us",
    "A bike may be returned within 14 days of purchase if it has run no more than 40 km. We keep 12 percent of the price for checking and cleaning. Batteries "
    "bought alone are not taken back.",
    "## 4. Breakdowns",
    "If a rented bike stands still for a whole day through our fault, we refund half of that day.",
    "## 5. Payment",
    "Refunds are paid within 14 working days, by bank transfer or in cash at the Port Sallow desk. Deposits come back within 10 working days after the return check.",
    "## 6. Who decides",
    "The customer desk may grant up to 60 cr for one case. All larger sums are decided by Ida Holloway or Maren Holloway.",
    "## 7. Time limit",
    "Requests reach us within 30 days of the event. We make no exceptions for holidays.",
    "Printed copies of this policy hang in all three depots. If you find an older one with the blue head, please take it down.",
]

DOCX: dict[str, tuple[str, list[str | list[list[str]]]]] = {
    "policies/warranty.docx": ("Tove Lindqvist-Amery", WARRANTY),
    "policies/refund-policy-2023.docx": ("Benedikt Osei", REFUND_2023),
}

Rows = list[list[str | int | float]]

RENTAL: Rows = [
    ["Plan", "Bike", "Price in cr", "Per", "Deposit in cr", "Remark"],
    ["Hop", "Wren", 34, "day", 150, "07:30 to 18:00"],
    ["Hop", "Heron", 41, "day", 150, "Ember 14 instead of Ember 9: 5 cr more"],
    ["Hop", "Osprey", 62, "day", 250, "briefing card needed"],
    ["Stride", "Wren", 289, "month", 400, "600 km included"],
    ["Stride", "Heron", 345, "month", 400, "either battery"],
    ["Stride", "Osprey", 520, "month", 400, "two chargers included"],
    ["Haul", "Wren", 2940, "year", 0, "service included"],
    ["Haul", "Heron", 3510, "year", 0, "service included"],
    ["Haul", "Osprey", 5280, "year", 0, "service included"],
]

SALE: Rows = [
    ["Item", "Price in cr", "Unit", "Remark"],
    ["Wren, new", 4380, "bike", "without battery"],
    ["Heron, new", 4960, "bike", "without battery"],
    ["Osprey, new", 8150, "bike", "without batteries; it needs two"],
    ["Wren, from the rental fleet", 2150, "bike", "three years old, checked, 12 months warranty on the frame"],
    ["Ember 9", 690, "battery", "45 cr off if the old one is handed in"],
    ["Ember 14", 980, "battery", "70 cr off if the old one is handed in"],
    ["Tinder 4", 145, "charger", "one per battery is advised"],
    ["Pip", 120, "unit", "fitted in 15 minutes, fitting included"],
    ["Clasp with two keys", 64, "lock", "includes changing the lock"],
    ["Clasp key", 18, "key", "two working days"],
]

CHARGES: Rows = [
    ["Charge", "Amount in cr", "Per", "When"],
    ["Late return, Hop", 6, "started half hour", "after 18:00"],
    ["Distance above the included one, Stride", 0.12, "km", "with the next invoice"],
    ["Distance above the included one, Haul", 0.08, "km", "at the end of the contract year"],
    ["Regular service, Stride", 48, "service", "when E70 shows"],
    ["Puncture from the third in a month", 14, "puncture", "Hop and Stride"],
    ["Second set of tyres, Wren or Heron", 76, "set", "Haul, same contract year"],
    ["Second set of tyres, Osprey", 118, "set", "Haul, same contract year"],
    ["Cleaning at the end", 30, "bike", "if needed"],
    ["Lost strap, Osprey", 7, "strap", "with the next invoice"],
    ["Labour", 52, "hour", "repairs on bikes we do not rent out"],
    ["Paper invoice by post", 3, "invoice", "electronic ones are free"],
]

NOTES: Rows = [
    ["Notes to the price list"],
    ["Valid from 1 April 2025. It replaces the list of 1 April 2024. All amounts in crowns (cr), taxes included."],
    ["Prices of Haul are for one bike; the reductions for several bikes are in the Haul agreement."],
    ["Clinics that are registered charities get 8 percent off Stride. This is not combined with other reductions."],
    ["Offers that Benedikt Osei has signed hold for 40 days."],
]

STOCK: Rows = [
    ["Part", "Name", "Fits", "Port Sallow", "Quenby", "Tarn Edge", "Order below", "Lead time", "Remark"],
    ["LM-BR-011", "Brake pads, pair", "Wren, Heron", 64, 30, 12, 40, "6 days", "both sides together"],
    ["LM-BR-014", "Brake pads, pair, wide", "Osprey", 38, 22, 4, 30, "6 days", "three pairs per bike"],
    ["LM-BR-072", "Brake lever switch", "all", 11, 6, 2, 8, "12 days", "for E31"],
    ["LM-BR-118", "Calliper bolt kit", "Osprey", 61, 30, 6, 20, "19 days", "for bulletin B-17"],
    ["LM-DR-005", "Belt with rear sprocket", "Wren", 9, 4, 1, 5, "23 days", "sold as a set only"],
    ["LM-DR-020", "Chain, 9-speed", "Heron", 26, 14, 6, 15, "4 days", ""],
    ["LM-DR-031", "Differential oil T2, 1 litre", "Osprey", 5, 2, 0, 3, "8 days", "85 ml per change"],
    ["LM-ST-044", "Trestle spring", "Heron", 18, 10, 5, 10, "15 days", ""],
    ["LM-ST-050", "Steering ball joint", "Wren", 14, 6, 2, 8, "11 days", "two per bike"],
    ["LM-EL-101", "Pip, complete", "all", 7, 3, 1, 4, "34 days", "longest lead time in this list"],
    ["LM-EL-110", "Display", "all", 8, 3, 2, 5, "27 days", "software 3.4 or later"],
    ["LM-EL-133", "Charger plug for Tinder 4", "Tinder 4", 20, 10, 4, 12, "9 days", "for E63"],
    ["LM-LK-002", "Clasp, complete, two keys", "all", 12, 5, 3, 6, "10 days", ""],
    ["LM-WH-020", "Front wheel, 20 inch", "Wren", 6, 3, 1, 4, "13 days", ""],
    ["LM-TY-003", "Tyre, 24 inch", "Heron", 22, 12, 6, 16, "5 days", ""],
]

STOCK_NOTES: Rows = [
    ["Notes to the stock count"],
    [
        "Counted on 30 June 2025 by all three workshops, before the morning shift. Lead times are in calendar days from our order."
    ],
    [
        "A depot may take up to 3 pieces of a part from another depot without asking. Beyond that, ask Tove Lindqvist-Amery."
    ],
    ["The next count is on 30 September 2025."],
]

XLSX: dict[str, dict[str, Rows]] = {
    "prices/price-list-2025.xlsx": {"Rental": RENTAL, "Sale": SALE, "Charges": CHARGES, "Notes": NOTES},
    "workshop/parts-stock-2025-06.xlsx": {"Stock": STOCK, "Notes": STOCK_NOTES},
}

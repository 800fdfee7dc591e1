"""Tables of English short forms: months, units, currencies, abbreviations, symbols."""

from __future__ import annotations

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip

# Names of the letters as an English voice says them when they stand alone ("a" alone would be the article).
LETTERS = {c: c for c in "bcdefghijklmnopqrstuvwxyz"} | {"a": "ay"}

INITIALISMS = ("AD", "AI", "BC", "BCE", "EU", "FAQ", "ID", "UK", "UN", "US", "USA")

# Symbol or code: major unit, its plural, minor unit, its plural.
CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "USD": ("dollar", "dollars", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "CHF": ("franc", "francs", "centime", "centimes"),
    "JPY": ("yen", "yen", "", ""),
    "US$": ("US dollar", "US dollars", "cent", "cents"),
    "¢": ("cent", "cents", "", ""),
}

SCALES = {
    "thousand": "thousand", "million": "million", "billion": "billion", "trillion": "trillion",
    "k": "thousand", "m": "million", "mn": "million", "bn": "billion",
}  # fmt: skip

UNITS = {
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "m/s": ("meter per second", "meters per second"),
    "mph": ("mile per hour", "miles per hour"),
    "km²": ("square kilometer", "square kilometers"),
    "m²": ("square meter", "square meters"),
    "m³": ("cubic meter", "cubic meters"),
    "km": ("kilometer", "kilometers"),
    "m": ("meter", "meters"),
    "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"),
    "µm": ("micrometer", "micrometers"),
    "nm": ("nanometer", "nanometers"),
    "ft": ("foot", "feet"),
    "kg": ("kilogram", "kilograms"),
    "g": ("gram", "grams"),
    "mg": ("milligram", "milligrams"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "l": ("liter", "liters"),
    "L": ("liter", "liters"),
    "ml": ("milliliter", "milliliters"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "ms": ("millisecond", "milliseconds"),
    "s": ("second", "seconds"),
    "min": ("minute", "minutes"),
    "h": ("hour", "hours"),
    "Hz": ("hertz", "hertz"),
    "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"),
    "kB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"),
    "TB": ("terabyte", "terabytes"),
    "W": ("watt", "watts"),
    "kW": ("kilowatt", "kilowatts"),
    "kWh": ("kilowatt hour", "kilowatt hours"),
    "V": ("volt", "volts"),
    "Ω": ("ohm", "ohms"),
    "dB": ("decibel", "decibels"),
    "rpm": ("revolution per minute", "revolutions per minute"),
    "MB/s": ("megabyte per second", "megabytes per second"),
    "Mbit/s": ("megabit per second", "megabits per second"),
    "sq ft": ("square foot", "square feet"),
    "mi": ("mile", "miles"),
    "yd": ("yard", "yards"),
    "ha": ("hectare", "hectares"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "yr": ("year", "years"),
    "yrs": ("year", "years"),
    "mins": ("minute", "minutes"),
    "sec": ("second", "seconds"),
    "secs": ("second", "seconds"),
}

FRACTIONS = {
    "2": ("half", "halves"), "3": ("third", "thirds"), "4": ("quarter", "quarters"), "5": ("fifth", "fifths"),
    "6": ("sixth", "sixths"), "8": ("eighth", "eighths"), "10": ("tenth", "tenths"),
}  # fmt: skip

WEEKDAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday", "Sat": "Saturday",
    "Sun": "Sunday",
}  # fmt: skip

# Words before a Roman numeral that make it a number, not an ordinal ("World War II", "Louis XIV").
COUNTED_NAMES = frozenset(
    ["War", "Room", "Gallery", "Floor", "Chapter", "Part", "Type", "Class", "Phase", "Act", "Level", "Volume"]
    + ["Section", "Grade"]
)

ABBREVIATIONS = {
    "dr.": "doctor", "mr.": "mister", "mrs.": "missus", "ms.": "miz", "prof.": "professor", "st.": "saint",
    "ave.": "avenue", "blvd.": "boulevard", "rd.": "road", "mt.": "mount", "jr.": "junior", "sr.": "senior",
    "inc.": "incorporated", "ltd.": "limited", "corp.": "corporation", "dept.": "department",
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus",
    "approx.": "approximately", "ca.": "around", "fig.": "figure", "vol.": "volume", "max.": "maximum",
    "min.": "minimum", "tel.": "telephone", "ext.": "extension",
    "a.k.a.": "also known as", "ph.d.": "p h d", "jan.": "january", "feb.": "february", "aug.": "august",
    "sept.": "september", "oct.": "october", "nov.": "november", "dec.": "december", "w/": "with",
    "w/o": "without",
}  # fmt: skip

# Symbols that are said where they stand alone or in an address.
SYMBOLS = {
    ".": "dot", "/": "slash", "@": "at", "_": "underscore", "-": "dash", ":": "colon", "?": "question mark",
    "=": "equals", "&": "and", "#": "hash", "%": "percent", "+": "plus", "~": "tilde", "×": "times",
    "±": "plus or minus", "≈": "about", "π": "pi", "∞": "infinity", "‰": "per mille",
    "°": "degrees", "€": "euros", "$": "dollars", "£": "pounds", "§": "section",
}  # fmt: skip

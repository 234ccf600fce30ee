"""Words for numbers, money, months, days and times. All are folded; those of other languages are for the sources."""

UNITS = {
    word: value
    for value, words in {
        1: "one", 2: "two zwei dos dois duas deux", 3: "three drei tres trois", 4: "four vier cuatro quatro quatre",
        5: "five funf cinco cinq", 6: "six sechs seis", 7: "seven sieben siete sete", 8: "eight acht ocho oito huit",
        9: "nine neun nueve nove neuf", 10: "ten zehn diez dez dix", 11: "eleven elf onze",
        12: "twelve zwolf doce doze", 13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen", 17: "seventeen",
        18: "eighteen", 19: "nineteen", 20: "twenty zwanzig veinte vinte vingt", 30: "thirty dreissig treinta trinta",
        40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety",
    }.items()
    for word in words.split()
}  # fmt: skip
"""Number words that are added up. `one` alone is no number: it says nothing."""

WORD_SCALES = {
    "dozen": 12, "dozens": 12, "hundred": 100, "hundreds": 100, "thousand": 1000, "thousands": 1000,
    "million": 10**6, "millions": 10**6, "billion": 10**9, "billions": 10**9,
}  # fmt: skip
"""Number words that multiply."""

SCALES = WORD_SCALES | {
    "tausend": 1000, "mil": 1000, "mille": 1000, "mio": 10**6, "millionen": 10**6, "millones": 10**6, "milhoes": 10**6,
    "millon": 10**6, "milhao": 10**6, "mrd": 10**9, "bn": 10**9, "mn": 10**6, "千": 1000, "万": 10**4, "億": 10**8,
}  # fmt: skip
"""What may follow digits and multiplies them."""

LETTER_SCALES = {"k": 1000, "m": 10**6, "b": 10**9}
"""Letters that multiply when they touch the digits."""

ORDINALS = {"fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
"""The first three are left out: they count arguments more often than things."""

CURRENCIES = {
    word: code
    for code, words in {
        "$": "$ dollar dollars bucks", "USD": "usd us$", "CAD": "cad ca$ c$", "AUD": "aud au$ a$",
        "NZD": "nzd nz$", "SGD": "sgd s$", "HKD": "hkd hk$", "MXN": "mxn mx$ peso pesos", "BRL": "brl r$ reais",
        "EUR": "€ eur euro euros", "GBP": "£ gbp pound pounds sterling quid", "CHF": "chf franken franc francs",
        "¥": "¥", "JPY": "jpy yen 円", "CNY": "cny rmb yuan 元", "INR": "₹ inr rs rupee rupees", "KRW": "₩ krw",
        "ZAR": "zar rands", "SEK": "sek kronor", "NOK": "nok", "DKK": "dkk", "kr": "kr", "PLN": "pln zl zloty",
        "CZK": "czk kc", "HUF": "huf forint", "RUB": "rub rubles roubles", "TRY": "₺ lira", "ILS": "₪ ils shekels",
        "AED": "aed dirham dirhams", "NGN": "₦ ngn naira", "KES": "kes", "XOF": "fcfa xof", "THB": "thb baht",
        "VND": "vnd dong",
    }.items()
    for word in words.split()
}  # fmt: skip
"""Signs, codes and words of a currency, and its one name here."""

READS_ALSO_AS = {
    "$": {"USD"}, "USD": {"$"}, "CAD": {"$"}, "AUD": {"$"}, "NZD": {"$"}, "SGD": {"$"}, "HKD": {"$"}, "MXN": {"$"},
    "¥": {"JPY", "CNY"}, "JPY": {"¥"}, "CNY": {"¥"}, "kr": {"SEK", "NOK", "DKK"}, "SEK": {"kr"}, "NOK": {"kr"},
    "DKK": {"kr"},
}  # fmt: skip
"""How else a mail may write the money of a source: `$` for CAD, but not CAD for `$`."""

PERCENT = ("%", "percent", "per cent", "pct", "prozent", "por ciento", "por cento", "pour cent", "ハーセント")

MONTHS = {
    word: month
    for month, words in {
        1: "january januar enero janeiro janvier gennaio januari",
        2: "february februar febrero fevereiro fevrier febbraio",
        3: "march marz marzo marco mars maart", 4: "april abril avril aprile", 5: "mai mayo maio maggio",
        6: "june juni junio junho juin giugno", 7: "july juli julio julho juillet luglio",
        8: "august agosto aout augustus", 9: "september septiembre setembro septembre settembre",
        10: "october oktober octubre outubro octobre ottobre", 11: "november noviembre novembro novembre",
        12: "december dezember diciembre dezembro decembre dicembre",
    }.items()
    for word in words.split()
}  # fmt: skip
MONTH_SHORTS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Sept": 9, "Oct": 10,
    "Nov": 11, "Dec": 12,
}  # fmt: skip
"""Months with a capital only: `may` and `mar` are other words without it."""

WEEKDAYS = {
    word: day
    for day, words in enumerate(
        (
            "monday montag lunes segunda-feira lundi lunedi maandag 月曜",
            "tuesday dienstag martes terca-feira mardi martedi dinsdag 火曜",
            "wednesday mittwoch miercoles quarta-feira mercredi mercoledi woensdag 水曜",
            "thursday donnerstag jueves quinta-feira jeudi giovedi donderdag 木曜",
            "friday freitag viernes sexta-feira vendredi venerdi vrijdag 金曜",
            "saturday samstag sonnabend sabado samedi sabato zaterdag 土曜",
            "sunday sonntag domingo dimanche domenica zondag 日曜",
        )
    )
    for word in words.split()
}
WEEKDAY_SHORTS = {
    "Mon": 0, "Tue": 1, "Tues": 1, "Wed": 2, "Thu": 3, "Thur": 3, "Thurs": 3, "Fri": 4, "Sat": 5, "Sun": 6,
    "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4,
}  # fmt: skip

RELATIVE = {
    phrase: meaning
    for meaning, phrases in {
        "today": "today|heute|hoy|hoje|aujourd'hui|今日|本日",
        "tonight": "tonight|this evening|heute abend|esta noche|hoje a noite|今夜",
        "tomorrow": "tomorrow|morgen|manana|amanha|demain|明日",
        "yesterday": "yesterday|gestern|ayer|ontem|昨日",
        "this week": "this week|this wk|diese woche|esta semana|cette semaine|今週",
        "next week": "next week|next wk|coming week|following week|nachste woche|nachster woche|kommende woche|"
        "proxima semana|semana que vem|semana que viene|semaine prochaine|来週",
        "last week": "last week|last wk|past week|previous week|letzte woche|semana pasada|semana passada|"
        "semaine derniere|先週",
        "this weekend": "this weekend|am wochenende|este fin de semana|este fim de semana|今週末",
        "next weekend": "next weekend",
        "last weekend": "last weekend",
        "this month": "this month|diesen monat|este mes|ce mois|今月",
        "next month": "next month|coming month|following month|nachsten monat|proximo mes|mes que viene|mes que vem|"
        "mois prochain|来月",
        "last month": "last month|past month|previous month|letzten monat|mes pasado|mes passado|mois dernier|先月",
        "this quarter": "this quarter|dieses quartal|este trimestre|今期",
        "next quarter": "next quarter|next qtr|coming quarter|nachstes quartal|proximo trimestre|"
        "trimestre que viene|来期",
        "last quarter": "last quarter|last qtr|past quarter|letztes quartal|trimestre pasado|trimestre passado|前期",
        "this year": "this year|this yr|dieses jahr|este ano|cette annee|今年",
        "next year": "next year|next yr|coming year|nachstes jahr|proximo ano|ano que vem|ano que viene|来年",
        "last year": "last year|last yr|past year|letztes jahr|ano pasado|ano passado|昨年|去年",
        "this morning": "this morning|heute morgen|heute fruh|esta manana|esta manha|今朝",
        "this afternoon": "this afternoon|heute nachmittag|esta tarde|今日の午後",
        "this spring": "this spring",
        "this summer": "this summer|diesen sommer|este verano|este verao",
        "this autumn": "this autumn|this fall|diesen herbst|este otono|este outono",
        "this winter": "this winter|diesen winter|este invierno|este inverno",
        "next spring": "next spring",
        "next summer": "next summer",
        "next autumn": "next autumn|next fall",
        "next winter": "next winter",
        "end of week": "end of week|end of the week|eow|ende der woche|fin de semana|fim da semana",
        "end of month": "end of month|end of the month|eom|monatsende|fin de mes|fim do mes|月末",
        "end of quarter": "end of quarter|end of the quarter|eoq|quartalsende|fin de trimestre|fim do trimestre",
        "end of year": "end of year|end of the year|eoy|year end|jahresende|fin de ano|fim do ano|年末",
    }.items()
    for phrase in phrases.split("|")
}
"""Days that depend on when they are said, and what a source says for them."""

NOONS = {"noon": 720, "midday": 720, "mittag": 720, "mediodia": 720, "meio-dia": 720, "正午": 720, "midnight": 0}
"""Minutes after midnight."""

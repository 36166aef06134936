"""Languages that can be told apart, by ISO 639-1 code."""

from collections.abc import Mapping

LANGUAGES: Mapping[str, str] = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "gu": "Gujarati",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "kn": "Kannada",
    "ko": "Korean",
    "ml": "Malayalam",
    "mr": "Marathi",
    "nb": "Norwegian",
    "ne": "Nepali",
    "nl": "Dutch",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tl": "Tagalog",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}

SCRIPT_LANGUAGES: Mapping[str, str] = {
    "greek": "el",
    "hebrew": "he",
    "bengali": "bn",
    "gurmukhi": "pa",
    "gujarati": "gu",
    "tamil": "ta",
    "telugu": "te",
    "kannada": "kn",
    "malayalam": "ml",
    "thai": "th",
    "hangul": "ko",
}
"""Scripts that one language of the table writes."""

LETTERS: Mapping[str, Mapping[str, str]] = {
    "latin": {
        "de": "äöüß",
        "fr": "éèêëàâçîïôûùœ",
        "es": "ñáéíóú¿¡",
        "pt": "ãõáéíóúâêôç",
        "it": "àèéìòù",
        "ca": "àçèéíïòóúü·",
        "sv": "åäö",
        "da": "åæø",
        "nb": "åæø",
        "fi": "äö",
        "pl": "ąćęłńóśźż",
        "cs": "áčďéěíňóřšťúůýž",
        "hu": "áéíóöőúüű",
        "ro": "ăâîșşțţ",
        "tr": "çğıöşü",
        "vi": "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹáàãéèíìĩóòõúùũý",
    },
    "cyrillic": {"ru": "ыэё", "uk": "іїєґ", "bg": "ъ"},
    "arabic": {"ur": "ٹڈڑںےہھ", "fa": "پچژگکی", "ar": "ةيكىأإ"},
    "devanagari": {"mr": "ळ"},
}
"""Per script, letters that speak for a language."""

SPELLING: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "latin": {"en": ("th", "wh", "gh", "tion", "ing ")},
    "cyrillic": {
        "ru": ("ого ", "ся ", "ть ", "ый"),
        "bg": ("ът ", "ите ", "та "),
        "uk": ("ти ", "ий ", "ся "),
    },
    "arabic": {},
    "devanagari": {
        "hi": ("ाओ", "ों ", "ें ", "ीं "),
        "mr": ("च्या", "ांच", "ण्या", "ला ", "ून "),
        "ne": ("बाट", "हरू", "हरु", "नुहोस्", "लाई", "को "),
    },
}
"""Per script, groups of letters that speak for a language with few telling letters."""

_WORDS: Mapping[str, str] = {
    "en": "the of and to in a is that it for you was with on as are be this have at or from your by not can we an but "
    "they will all their has if more one our there what so up out about who which when my do how its into me his her "
    "he she i over were had no then than like just through where us down each other some could would only when these "
    "between own every never any should while here may must under upon before after",
    "de": "der die das und ist nicht ein eine einen einem einer zu den dem des mit für auf von im sich es ich sie wir "
    "ihr er auch als an werden wird oder wie aus bei nach dass kann haben hat sind sein war wenn noch nur über um durch "
    "zum zur mein dein ihre unser diese dieser",
    "fr": "le la les de des du et est un une en à dans que qui pour pas sur avec il elle ce cette vous nous je se plus "
    "par au aux sont son sa ses mais ou où comme leur être avoir fait tout votre notre très c'est",
    "es": "el la los las de del y es un una en que para por con no se su sus lo como más pero al le este esta son muy "
    "también ser hay yo tu mi nos cuando todo está fue ha o si sin sobre",
    "pt": "o a os as de do da dos das e é um uma em no na nos nas que para por com não se seu sua mais mas ao como são "
    "muito também ser foi você eu ele ela está isso este esta ou quando pela pelo minha meu depois vida dia mundo",
    "it": "il lo la gli le di del della dei delle e è un una in che per con non si su come più ma al alla sono anche "
    "questo questa nel nella ha o io mi ti ci essere molto dal da tuo mio ho i sul sulla sui dalla fra tra ogni dove quando solo sempre mare "
    "cielo notte sole cuore amore",
    "ca": "el la els les de del i és un una en que per amb no es seu seva més però com al als són molt també aquest "
    "aquesta ser hi ha dels perquè o",
    "nl": "de het een en van is in dat op te zijn met voor niet aan er die ik je we ze om ook als naar bij maar door "
    "kan hebben heeft worden wordt uit over dit deze of nog wel jouw mijn ons",
    "sv": "och att det som en på är av för med till den har de inte om ett jag du vi han kan var så från men eller ska "
    "vara mycket när också din min",
    "da": "og at det som en på er af for med til den har de ikke om et jeg du vi han kan var så fra men eller skal være "
    "meget når også din min blev",
    "nb": "og at det som en på er av for med til den har de ikke om et jeg du vi han kan var så fra men eller skal være "
    "veldig når også din min ble",
    "fi": "ja on ei että se hän joka oli ovat kuin mutta myös tai kun niin sen minä sinä me te he olla tämä voi jos "
    "ole nyt vain hyvin olen sekä mukaan kanssa niiden siitä kaikki ovat ollut voit tulee yhdessä",
    "pl": "i w na z do się nie jest że to jak o po za od ale dla są przez być ten ta tak już czy oraz który która jego "
    "jej ma może tylko bardzo",
    "cs": "a v na se je že to s z do jako o za od ale pro jsou být který která tak už nebo jeho její má může jen velmi "
    "by co si jsem",
    "hu": "a az és hogy nem egy is van meg ez azt de vagy mint csak már el ha én te mi ő kell volt lesz minden nagyon "
    "még ezt",
    "ro": "și în de la a cu pe că nu este un o din pentru care mai sunt se ca dar sau prin fi fost lor acest această "
    "foarte al ale",
    "tr": "ve bir bu için ile de da çok olarak en daha gibi ama ne o var olan değil kadar sonra ben sen biz veya her "
    "şey ki mi",
    "vi": "và là của có không được trong cho một các những với người này để đã tôi bạn khi từ đến như về ra cũng nhưng "
    "rất hay hơn nó chúng",
    "id": "dan yang di untuk dengan dari ini itu adalah pada tidak dalam akan ke saya anda kami oleh atau sebagai juga "
    "ada bisa dapat telah lebih mereka karena kita",
    "sw": "na ya wa kwa ni katika la za cha ku kuwa hii huo hiyo yake yangu wake wao sana au lakini kama ili mimi wewe "
    "sisi hawa vya pia baada ambayo hakuna hivyo yako watu siku nini gani mtu kila nyumba rafiki mzuri kazi leo kwenye",
    "tl": "ang ng sa na mga at ay ako ka ko mo ito hindi para kung siya may isang ni kay namin natin kami tayo po dahil",
    "ru": "и в не на что я с он как это но по из у за к то все так его от же для бы она мы вы они был была есть или ты "
    "если очень может быть",
    "uk": "і в не на що я з він як це але по у за до та все так його від для б вона ми ви вони був була є або якщо "
    "дуже може бути й",
    "bg": "и в не на че аз с той как това но по от за до са се да е към като ще ни ви те тя ние вие беше или ако много "
    "може да няма без след този тази",
    "ar": "في من على أن إلى هذا هذه التي الذي كان لا ما هو هي مع عن أو كل قد و يا لم إن ذلك بين كما",
    "fa": "و در به از که این را با است برای آن یک خود تا بر هم ما من شما می های شد کرد یا اگر هر",
    "ur": "کے کی میں ہے اور کا سے کو نے پر ہیں یہ کہ اس بھی ایک نہیں آپ ہم وہ تو کر جو تھا لیے",
    "hi": "है के की में और का से को हैं यह एक नहीं पर ने भी कि जो हम आप वह इस था या लिए तो मैं हो कर अपने करने",
    "mr": "आहे आणि या हे च्या मध्ये आहेत नाही होते तो ती ते मी तुम्ही आम्ही एक व पण की साठी किंवा असे करण्यासाठी "
    "माझ्या करा तुमच्या होता आपल्या",
    "ne": "छ र को मा लाई छन् हो यो भएको गर्न गर्ने पनि तपाईं हामी म यस त्यो एक हुन्छ गर्नुहोस् लागि तर वा थियो भने "
    "गरेको तपाईंको के",
}  # fmt: skip

WORDS: Mapping[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in _WORDS.items()}
"""Language -> its most frequent words."""

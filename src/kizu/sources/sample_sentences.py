"""Made-up sentences, Japanese and English, that show tokenizers and word vectors at work.

All are synthetic: written for kizu, or put together from its word lists. That vectors learned from
them solve an analogy shows how the arithmetic works, and nothing about the language.
"""

from itertools import product

NOTE = "Synthetic: sentences made up for demonstration."

JAPANESE = (
    "城の広い庭で、姫は白い花を見ていた。",
    "若い王子は馬に乗り、遠い村まで走りました。",
    "検査員は表面の小さな傷をすぐに見つけた。",
    "機械が止まった理由は、まだ分からない。",
    "新しい部品を取り付ければ、音は静かになるでしょう。",
    "昨日の夜から、工場のポンプが変な音を出している。",
    "この画像には異常がないと、カメラが判断しました。",
    "女性の技術者が、古いモーターを丁寧に分解した。",
    "温度が上がると、センサーの値も少しずつ上がる。",
    "記録を読めば、いつ何が起きたかが分かります。",
    "すもももももももものうち。",
    "関西国際空港の荷物検査で、全自動の機械が止まった。",
    "東京都に住む友人から、長い手紙が届いた。",
)
ENGLISH = (
    "The pump wasn't running, so the operators checked its oldest valves first.",
    "Tiny scratches were found on 3 of 250 polished housings.",
    "No alarms were raised while the newer spindle was warming up.",
    "She has never seen a bearing fail as quickly as this one did.",
    "The cameras did not notice the flaws that children found at once.",
    "Three engineers were reading the logs that the machines had written.",
)

# Each role, and what only it does; each sex, and what only it is called. A person has one of both.
_ROLES = {
    "royal": (
        (
            "城に住んでいる",
            "宮殿で暮らしている",
            "冠をかぶっている",
            "国の行事に出る",
            "王の子供だ",
        ),
        {"female": "姫", "male": "王子"},
    ),
    "adult": (
        ("町で働いている", "会社に勤めている", "電車で通っている", "税金を払っている", "成人だ"),
        {"female": "女性", "male": "男性"},
    ),
    "child": (
        ("学校に通っている", "公園で遊んでいる", "宿題をしている", "給食を食べている", "小学生だ"),
        {"female": "少女", "male": "少年"},
    ),
}
_SEXES = {
    "female": ("彼女と呼ばれる", "妻になる", "母に似ている", "姉がいる娘だ"),
    "male": ("彼と呼ばれる", "夫になる", "父に似ている", "兄がいる息子だ"),
}


def relation_sentences() -> list[str]:
    """Return Japanese sentences about people, in which 姫 is to 女性 what 王子 is to 男性.

    What a sentence says of a person depends on the role or on the sex, never on both, so vectors
    that tell a word by its neighbors hold the two apart.
    """
    sentences = []
    for actions, persons in _ROLES.values():
        for (sex, person), action in product(persons.items(), actions):
            sentences += [f"{person}は{action}。", f"あの{person}も{action}。"]
            sentences += [f"{person}は{called}。" for called in _SEXES[sex]]
            sentences += [f"あの{person}も{called}。" for called in _SEXES[sex]]
    return sentences

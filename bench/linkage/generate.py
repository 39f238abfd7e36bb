"""Two overlapping synthetic department lists of persons in China, with the truth.

Deterministic: the same arguments give the same bytes. The identity numbers begin with 9999, an area
that is not assigned, so that they belong to nobody, and are unique; names are drawn at random.

    python3 generate.py OUT --persons 5000 --seed 1

writes OUT/left.csv, OUT/right.csv and OUT/truth.csv (left_id,right_id).
"""

import argparse
import csv
import datetime
import pathlib
import random

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
# Characters of given names in groups that sound alike: a homophone slip stays within a group.
SOUNDS = [
    "伟玮维炜", "芳方", "娜那", "秀绣", "英瑛莹", "敏闽", "静婧靖", "丽莉俐", "强墙", "磊蕾", "军君均钧", "洋阳扬杨",
    "勇永咏", "艳燕雁", "杰洁捷", "娟涓", "涛韬", "明铭鸣", "超", "霞侠", "平萍苹", "刚钢", "桂贵", "建健剑", "国", "志智",
    "华骅桦", "红宏洪鸿", "梅玫", "文雯", "玉钰育", "兰岚", "春椿", "云芸耘", "海", "波博", "宁", "龙隆", "林琳霖", "鹏朋",
    "晓小筱", "辉晖慧惠会", "飞菲", "凤奉", "亮", "光广", "新欣鑫馨", "成诚程", "东冬", "生胜盛升",
]
STREETS = ["和平路", "人民路", "建设街", "解放路", "中山路", "新华街", "文化路", "胜利街", "光明巷", "团结路", "友谊街", "长江路"]


def check_digit(number):
    """The check character of GB 11643-1999."""
    total = sum(int(digit) * (2 ** (17 - at) % 11) for at, digit in enumerate(number))
    return "10X98765432"[total % 11]


def person(rng, divisions, taken):
    born = datetime.date(1940, 1, 1) + datetime.timedelta(days=rng.randrange(70 * 365))
    man = rng.random() < 0.5
    while True:
        order = rng.randrange(500) * 2 + (1 if man else 0)
        number = f"9999{rng.randrange(100):02d}{born:%Y%m%d}{order:03d}"
        if number not in taken:
            taken.add(number)
            break
    given = "".join(rng.choice(rng.choice(SOUNDS)) for _ in range(1 if rng.random() < 0.25 else 2))
    surname = SURNAMES[min(int(rng.expovariate(0.09)), len(SURNAMES) - 1)]
    return {
        "identity_number": number + check_digit(number),
        "name": surname + given,
        "sex": "男" if man else "女",
        "birth_date": f"{born:%Y-%m-%d}",
        "division": rng.choice(divisions),
        "address": address(rng),
        "phone": f"1{rng.choice('3578')}{rng.randrange(10**9):09d}",
    }


def address(rng):
    return f"{rng.choice(STREETS)}{rng.randrange(1, 300)}号{rng.randrange(1, 40)}栋{rng.randrange(1, 700)}室"


def slip_of_digits(rng, text):
    places = [at for at, letter in enumerate(text) if letter.isdigit()]
    at = rng.choice(places)
    if rng.random() < 0.4 and at + 1 < len(text) and text[at + 1] != text[at] and text[at + 1].isdigit():
        return text[:at] + text[at + 1] + text[at] + text[at + 2:]
    return text[:at] + rng.choice([d for d in "0123456789" if d != text[at]]) + text[at + 1:]


def homophone(rng, name):
    places = [(at, group) for at in range(1, len(name)) for group in SOUNDS if name[at] in group and len(group) > 1]
    if not places:
        return name
    at, group = rng.choice(places)
    return name[:at] + rng.choice([c for c in group if c != name[at]]) + name[at + 1:]


def messy(rng, truth, divisions, without_number):
    """What another clerk wrote down about the same person."""
    row = dict(truth)
    draw = rng.random()
    if draw < without_number:
        row["identity_number"] = ""
    elif draw < without_number + 0.08:
        row["identity_number"] = slip_of_digits(rng, row["identity_number"])
    draw = rng.random()
    if draw < 0.06:
        row["name"] = homophone(rng, row["name"])
    elif draw < 0.07:
        row["name"] = row["name"][0] + row["name"][1:][::-1]
    elif draw < 0.08:
        row["name"] = row["name"][:-1] + rng.choice(rng.choice(SOUNDS))
    year, month, day = row["birth_date"].split("-")
    draw = rng.random()
    if draw < 0.03 and int(day) <= 12:
        row["birth_date"] = f"{year}-{day}-{month}"
    elif draw < 0.06:
        row["birth_date"] = slip_of_digits(rng, row["birth_date"])
    elif draw < 0.08:
        row["birth_date"] = f"{year}-01-01"
    elif draw < 0.10:
        row["birth_date"] = ""
    if rng.random() < 0.10:
        row["division"] = rng.choice(divisions)
        row["address"] = address(rng)
    elif rng.random() < 0.15:
        row["division"] = row["division"][:9] + "000"
    draw = rng.random()
    if draw < 0.25:
        row["address"] = row["address"].split("栋")[0] + "栋"
    elif draw < 0.35:
        row["address"] = ""
    draw = rng.random()
    if draw < 0.2:
        row["phone"] = ""
    elif draw < 0.4:
        row["phone"] = f"1{rng.choice('3578')}{rng.randrange(10**9):09d}"
    elif draw < 0.45:
        row["phone"] = slip_of_digits(rng, row["phone"])
    if rng.random() < 0.01:
        row["sex"] = "女" if row["sex"] == "男" else "男"
    return row


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--persons", type=int, default=5000, help="records in each list")
    arguments.add_argument("--overlap", type=float, default=0.6, help="share of persons in both lists")
    arguments.add_argument("--without-number", type=float, default=0.2, help="share of records without number")
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    rng = random.Random(options.seed)
    villages = max(20, options.persons // 60)
    divisions = [f"9999{at // 400 % 90 + 10:02d}{at // 20 % 20 + 1:03d}{at % 20 + 1:03d}" for at in range(villages)]
    shared = int(options.persons * options.overlap)
    taken = set()
    everyone = [person(rng, divisions, taken) for _ in range(2 * options.persons - shared)]
    left = list(range(options.persons))
    right = list(range(shared)) + list(range(options.persons, len(everyone)))
    rng.shuffle(left)
    rng.shuffle(right)
    options.out.mkdir(parents=True, exist_ok=True)
    columns = ["identity_number", "name", "sex", "birth_date", "division", "address", "phone"]
    ids = {}
    for side, members in (("left", left), ("right", right)):
        with open(options.out / f"{side}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["id", *columns])
            for at, member in enumerate(members):
                ids[side, member] = f"{side[0].upper()}{at:07d}"
                row = messy(rng, everyone[member], divisions, options.without_number)
                writer.writerow([ids[side, member], *(row[column] for column in columns)])
    with open(options.out / "truth.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["left_id", "right_id"])
        writer.writerows([ids["left", member], ids["right", member]] for member in range(shared))


if __name__ == "__main__":
    main()

"""Made-up customers: names as common as they come, and numbers that ring nowhere as far as that can be known."""

from dataclasses import dataclass
from random import Random
from typing import Final

from crm.contract import Language

_FIRST_NAMES: Final = """
    Abigail Adrian Aisha Alice Amelia Andre Anita Arthur Beatrice Benedict Bianca Caleb Carla Cecilia Clara Daniel
    Daphne Diego Edith Elias Emma Esther Felix Fiona Gabriel Gemma George Hannah Harriet Hugo Imogen Irene Isaac
    Jasmine Joel Julia Kamal Karen Laila Laura Leo Lucia Luke Mabel Martha Mateo Maya Miles Nadia Naomi Nathan Nina
    Nora Oscar Owen Paula Peter Rachel Rafael Rosa Ruth Samuel Sara Simon Sofia Stella Tara Thomas Uma Victor Vera
"""
_LAST_NAMES: Final = """
    Abbott Adeyemi Ahmed Bailey Barrett Bennett Bianchi Brandt Carver Castillo Chandra Coleman Cortez Dawson Delgado
    Dixon Doyle Ellery Farrow Fischer Fletcher Garner Gupta Hale Harlow Hayes Holloway Ibrahim Jensen Kaplan Keane
    Khan Lambert Larsen Lowell Maddox Mercer Moreau Nakamura Novak Okafor Osborne Palmer Park Pereira Quinn Ramos
    Reyes Rowan Salazar Sharma Silva Sinclair Soto Tanaka Thorne Valdez Vance Walsh Whitaker Winslow Yates Zimmer
"""
_SURNAMES: Final = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
_GIVEN_NAMES: Final = """
    安然 雅琴 博文 晨曦 楚怡 丹丹 芳华 国强 海燕 浩宇 慧敏 佳宁 建国 静雯 俊杰 可欣 兰英 丽娟 明轩 沐阳 宁静 佩珊 倩
    若涵 诗琪 淑珍 思源 天佑 婉清 文博 晓彤 欣妍 秀兰 雪梅 雅婷 依诺 永强 雨桐 玉兰 泽宇 志远 子墨 梓萱 宗翰 伟 敏
    磊 颖
"""
_FIRST, _LAST, _GIVEN = _FIRST_NAMES.split(), _LAST_NAMES.split(), _GIVEN_NAMES.split()

# North America keeps 555-0100 to 555-0199 of every area for stories. These areas lie around New York.
_AREAS: Final = (212, 646, 917, 718, 347, 929, 332, 914, 516, 631, 845, 201, 551, 862, 973, 203, 475, 908, 732, 848)
_US_STORIES: Final = 100
# Britain keeps 07700 900000 to 900999 for stories, but every check of numbers knows and refuses them. Like China,
# which keeps none, it is given numbers of a block that no network is known to have handed out.
_BLOCKS: Final = {"GB": ("+44", "7299900", 3), "CN": ("+86", "1720000", 4)}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has given a name, and what they like to be called."""

    name: str
    address_as: str
    language: Language


def somebody(dice: Random, *, language: Language) -> Person:
    """A name of the language."""
    if language == "zh":
        surname, given = dice.choice(_SURNAMES), dice.choice(_GIVEN)
        return Person(surname + given, surname + dice.choice(("女士", "女士", "先生")), "zh")
    first, last = dice.choice(_FIRST), dice.choice(_LAST)
    return Person(f"{first} {last}", first, "en")


def how_many_numbers(country: str) -> int:
    """After so many they begin again: then two people share a number, as a family does."""
    return _US_STORIES * len(_AREAS) if country == "US" else 10 ** _BLOCKS[country][2]


def number(country: str, n: int) -> str:
    """The n-th made-up mobile number of a country, in E.164."""
    n %= how_many_numbers(country)
    if country == "US":
        # Neighbours differ in their last four digits, which are all that a tablet shows.
        area, last = _AREAS[n // _US_STORIES], n * 37 % _US_STORIES
        return f"+1{area}55501{last:02d}"
    calling, block, digits = _BLOCKS[country]
    return f"{calling}{block}{n * 37 % 10**digits:0{digits}d}"

"""Text models for tests: a tiny one of three classes, and the starter model, each trained once a run."""

import csv
import tempfile
from functools import cache
from pathlib import Path

from nlp.train import train

CITY = Path(__file__).parents[2] / "city" / "practice"

TOY = {
    "070101": "家里停水三天了 自来水停了没有水用 小区停水什么时候来水 一直停水没人通知 水管爆了停水了",
    "070201": "整栋楼停电了 村里又停电没有电 停电一天了什么时候来电 变压器坏了停电 晚上总是停电跳闸",
    "080101": "工地半夜施工噪音大 打桩的噪音吵得睡不着 工地夜间施工扰民 施工噪音到凌晨 工地噪音吵孩子",
    "100101": "老板拖欠工资不给 公司三个月没发工资 工资一直拖欠 厂里欠我的工资 辞职后工资不发",
}
TOY_KINDS = ("complaint", "help", "complaint", "help", "complaint")


def toy_folder(folder: Path) -> Path:
    """Write the toy examples as CSV and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "toy.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "category", "kind"])
        for code, texts in TOY.items():
            rows = zip(texts.split(), TOY_KINDS, strict=True)
            writer.writerows((text, code, kind) for text, kind in rows)
    return folder


def train_toy(out: Path) -> Path:
    """Train on the toy examples and our term lists; return the models' folder."""
    train([toy_folder(out / "examples")], CITY / "categories.csv", out=out / "models")
    return out / "models"


@cache
def toy_models() -> Path:
    """Return the folder of the toy models."""
    return train_toy(Path(tempfile.mkdtemp(prefix="toy-model-")))


@cache
def starter_models() -> Path:
    """Return the folder of the starter models, trained as `python -m nlp.train` does."""
    out = Path(tempfile.mkdtemp(prefix="starter-model-"))
    train(out=out)
    return out


def city_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the practice city's files."""
    with (CITY / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))

"""Writes names of classes, one a line in the order of the scores: ImageNet's from the lists that timm carries, COCO's and VOC's as
torchvision's published weights name them (nothing where a number of COCO stands for nothing).

    pip install timm==1.0.31 torchvision && python labels/make.py

A name of ImageNet is the first word of the WordNet synset; where two classes of a list would share one, the second word is added.
"""

from pathlib import Path

import timm
from torchvision.models import detection, segmentation

INFO = Path(timm.__file__).parent / "data" / "_info"
LISTS = {"imagenet-1k.txt": "imagenet_synsets.txt", "imagenet-21k-p.txt": "imagenet21k_miil_synsets.txt"}


def lemmas() -> dict[str, list[str]]:
    found = {}
    for name in ("imagenet_synset_to_lemma.txt", "imagenet21k_goog_to_12k_indices.txt"):
        path = INFO / name
        if path.exists() and "lemma" in name:
            for line in path.read_text().splitlines():
                synset, _, words = line.partition("\t" if "\t" in line else " ")
                found[synset] = [word.strip() for word in words.split(",")]
    return found


def main():
    words = lemmas()
    for target, source in LISTS.items():
        synsets = (INFO / source).read_text().split()
        names = [words[synset][0] for synset in synsets]
        twice = {name for name in names if names.count(name) > 1}
        names = [", ".join(words[s][:2]) if n in twice else n for s, n in zip(synsets, names)]
        (Path(__file__).parent / target).write_text("\n".join(names) + "\n")
        print(target, len(names))
    coco = detection.SSDLite320_MobileNet_V3_Large_Weights.COCO_V1.meta["categories"][1:]
    voc = segmentation.LRASPP_MobileNet_V3_Large_Weights.COCO_WITH_VOC_LABELS_V1.meta["categories"]
    for target, names in {"coco.txt": coco, "voc.txt": voc}.items():
        names = ["" if name == "N/A" else name.strip("_") for name in names]
        (Path(__file__).parent / target).write_text("\n".join(names) + "\n")
        print(target, len(names))


if __name__ == "__main__":
    main()

"""The catalogue of data sets: DCAT for portals, a data package for programs, a page for people."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from services.reporting.models import PublicRelease
from services.reporting.open_data.data_sets import DataSet, data_sets, table_schema
from shared.errors import Text

LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
_LICENCE_TITLE = "Licence Ouverte / Open Licence 2.0"
_SPDX = "etalab-2.0"
_TITLE = Text("Open data of the third place", "Données ouvertes du tiers-lieu")
_SAYS = Text(
    "What the place did, in figures that tell nothing about few people. They are released now and then, for the "
    "whole of what is on record; earlier releases are not corrected.",
    "L'activité du lieu en chiffres qui ne disent rien de quelques personnes. Ils sont publiés de temps à autre, pour "
    "tout ce qui est enregistré ; les publications antérieures ne sont pas corrigées.",
)
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_IANA = "https://www.iana.org/assignments/media-types/"

# The address of a file of a data set, given its name and what comes after the dot.
Address = Callable[[str, str], str]


def as_dcat(release: PublicRelease | None, here: str, address: Address) -> dict[str, Any]:
    """The catalogue as JSON-LD in DCAT (W3C, version 3)."""
    return {
        "@context": _CONTEXT,
        "@id": here,
        "@type": "dcat:Catalog",
        "dct:title": _both(_TITLE),
        "dct:description": _both(_SAYS),
        "dct:license": {"@id": LICENCE},
        "dct:language": ["fr", "en"],
        "dcat:dataset": [_dcat(data, address) for data in data_sets(release).values()],
    }


def as_data_package(
    release: PublicRelease | None, language: str, address: Address
) -> dict[str, Any]:
    """The catalogue as a Data Package (Frictionless Data, v1), each resource with its Table Schema."""
    return {
        "profile": "tabular-data-package",
        "name": "arceaux-open-data",
        "title": _TITLE.in_language(language),
        "description": _SAYS.in_language(language),
        "licenses": [{"name": _SPDX, "title": _LICENCE_TITLE, "path": LICENCE}],
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": data.name,
                "title": data.title.in_language(language),
                "description": data.description.in_language(language),
                "path": address(data.name, "csv"),
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": table_schema(data, language),
            }
            for data in data_sets(release).values()
        ],
    }


def as_page(release: PublicRelease | None, language: str, address: Address) -> str:
    """The catalogue as a page that needs nothing else."""
    package = as_data_package(release, language, address)
    return _template().render(
        language=language,
        package=package,
        licence=package["licenses"][0],
        address=address,
        release=release,
        french=language == "fr",
    )


def _dcat(data: DataSet, address: Address) -> Mapping[str, Any]:
    made = data.release.made_at
    return {
        "@id": address(data.name, "json"),
        "@type": "dcat:Dataset",
        "dct:identifier": data.name,
        "dct:title": _both(data.title),
        "dct:description": _both(data.description),
        "dct:license": {"@id": LICENCE},
        "dct:modified": {"@type": "xsd:dateTime", "@value": made and made.isoformat()},
        "dct:conformsTo": {"@id": address(data.name, "schema.json")},
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dct:title": f"{data.name}.{ending}",
                "dct:license": {"@id": LICENCE},
                "dcat:downloadURL": {"@id": address(data.name, ending)},
                "dcat:mediaType": {"@id": f"{_IANA}{media}"},
            }
            for ending, media in (("csv", "text/csv"), ("json", "application/json"))
        ],
    }


def _both(text: Text) -> list[dict[str, str]]:
    return [
        {"@language": "fr", "@value": text.fr},
        {"@language": "en", "@value": text.en},
    ]


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(__package__, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")

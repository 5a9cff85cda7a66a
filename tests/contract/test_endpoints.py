import pytest
from pydantic import ValidationError

from prism_engine.contract.endpoints import Endpoint


def test_an_address_is_kept_without_its_last_slash() -> None:
    assert Endpoint(url="https://host/v1/", model="m").url == "https://host/v1"


@pytest.mark.parametrize(
    "url",
    ["host/v1", "ftp://host", "https:///v1", "file:///etc/passwd", "https://me:sk-1@host/v1",
     "https://host/v1?key=sk-1", "https://host/v1#sk-1"],
)  # fmt: skip
def test_an_address_is_http_and_holds_no_secret(url: str) -> None:
    with pytest.raises(ValidationError, match="address"):
        Endpoint(url=url, model="m")

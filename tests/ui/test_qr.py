"""QR codes of links, read by OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from stnviz.ui.link.qr import qr_code


@pytest.mark.oracle
@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:8501/",
        "https://example.org/stnviz/attention?what=birds&hide=answer,facts&size=large",
        "http://127.0.0.1:8501/?data=mnist-r&models=mnist-r/st-cnn-affine,mnist-r/cnn&digit=12&seed=0"
        "&angle=0.61087&hide=theta,leftover&size=large&embed=true",
    ],
)
def test_a_code_holds_its_link(link: str) -> None:
    code = qr_code(link)
    assert code is not None
    bits = np.array([[bit == "1" for bit in row] for row in code["rows"]])
    image = np.pad(np.where(bits, 0, 255).astype(np.uint8), 4, constant_values=255)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(np.kron(image, np.ones((8, 8), np.uint8)))
    assert (text, code["link"]) == (link, link)


@pytest.mark.exception
def test_what_has_no_code() -> None:
    assert qr_code(3000 * "x") == {"link": 3000 * "x", "rows": []}
    assert qr_code("\ud800") == {"link": "\ud800", "rows": []}
    for odd in (None, "", 7, ["x"], {"link": "x"}):
        assert qr_code(odd) is None

import numpy as np
import pytest

from training.data.geometry import crop_to_content, cut_out, letterbox, letterbox_of


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1080, 1920, (24, 0, 144, 256)),
        (1920, 1080, (0, 74, 192, 108)),
        (192, 256, (0, 0, 192, 256)),
        (1, 5000, (95, 0, 1, 256)),
    ],
)
def test_letterbox_is_centred_and_keeps_the_aspect(width: int, height: int, expected: tuple) -> None:
    box = letterbox_of(width=width, height=height, into_width=192, into_height=256)
    assert (box.left, box.top, box.width, box.height) == expected


def test_letterbox_pads_with_the_given_value() -> None:
    out, box = letterbox(picture=np.zeros((50, 100, 3), np.uint8), into_width=192, into_height=256, pad=127.5)
    assert out.shape == (256, 192, 3)
    assert (out[: box.top] == 127.5).all()
    assert (out[box.top : box.top + box.height] == 0).all()


def test_letterbox_names_a_wrong_shape() -> None:
    with pytest.raises(ValueError, match=r"expected \(H, W, 3\) uint8"):
        letterbox(picture=np.zeros((50, 100)), into_width=192, into_height=256, pad=0)


def test_crop_keeps_four_percent_around_the_content() -> None:
    picture = np.full((200, 200, 3), 255, np.uint8)
    picture[50:150, 80:130] = 0
    assert crop_to_content(picture=picture).shape == (108, 54, 3)


def test_crop_of_an_empty_cut_out_is_the_cut_out() -> None:
    picture = np.full((20, 30, 3), 251, np.uint8)
    assert crop_to_content(picture=picture).shape == picture.shape


def test_cut_out_is_white_outside_of_the_mask() -> None:
    mask = np.zeros((4, 4), bool)
    mask[1:3, 1:3] = True
    out = cut_out(picture=np.full((4, 4, 3), 7, np.uint8), mask=mask)
    assert (out[~mask] == 255).all()
    assert (out[mask] == 7).all()

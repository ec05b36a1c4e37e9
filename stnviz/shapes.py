"""Array types with shapes, for annotations: jaxtyping's, where it is installed.

The tests install it and check every annotation while they run. Whoever uses the package needs
neither: then the names below accept any shape and mean nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int, Int64, Shaped, UInt8
else:
    try:
        from jaxtyping import Bool, Float, Int, Int64, Shaped, UInt8
    except ModuleNotFoundError:

        class _AnyShape:
            def __class_getitem__(cls, shape: Any) -> Any:
                return Any

        Bool = Float = Int = Int64 = Shaped = UInt8 = _AnyShape

__all__ = ["Bool", "Float", "Int", "Int64", "Shaped", "UInt8"]

"""What a builder host gets: the wanted images, built as a host builds its own. pyinfra runs this file as a deploy."""

from pyinfra.api import deploy

from gpufleet.become import escalation
from gpufleet.bundle.builder_order import Order, order
from gpufleet.operations.image_export import exported
from gpufleet.operations.images import built


@deploy("Images for a bundle")
def _images(wanted: Order) -> None:
    for image in wanted.images:
        built(
            name=f"Build {image.reference}",
            reference=image.reference,
            recipe=image.recipe,
            labels=image.labels,
            setting=image.setting,
            needed_bytes=image.needed_bytes,
            declared=False,
        )
    references = [image.reference for image in wanted.images]
    exported(name="Copy them to this machine", references=references, to=str(wanted.archive))


_images(wanted=order(), **escalation())

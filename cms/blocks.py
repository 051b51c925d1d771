"""The blocks that officers build pages from."""

from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock


class FactBlock(blocks.StructBlock):
    figure = blocks.CharBlock(max_length=40)
    label = blocks.CharBlock(max_length=120)

    class Meta:
        icon = "tag"


class PictureBlock(blocks.StructBlock):
    image = ImageChooserBlock()
    alt_text = blocks.CharBlock(
        max_length=200,
        required=False,
        help_text="What it shows; empty if it only decorates.",
    )
    caption = blocks.CharBlock(max_length=200, required=False)

    class Meta:
        icon = "image"
        template = "cms/blocks/picture.html"


class FaqBlock(blocks.StructBlock):
    question = blocks.CharBlock(max_length=200)
    answer = blocks.RichTextBlock(features=["bold", "link", "ol", "ul"])

    class Meta:
        icon = "help"


class BodyBlock(blocks.StreamBlock):
    heading = blocks.CharBlock(max_length=120, icon="title", template="cms/blocks/heading.html")
    paragraph = blocks.RichTextBlock(
        features=["h3", "bold", "italic", "link", "ol", "ul"],
        template="cms/blocks/paragraph.html",
    )
    picture = PictureBlock()
    quote = blocks.BlockQuoteBlock()
    facts = blocks.ListBlock(FactBlock(), template="cms/blocks/facts.html", icon="list-ul")

"""What the recorder says when it refuses: a key that pages translate, and a sentence for a person.

RecorderError
├── NotMedia          not_media         nothing in it that can be shown or heard
├── CutOff            cut_off           it says it is longer than it is
├── TooLong           too_long
├── TooBig            too_big           a picture of more pixels than we decode
├── NothingRecorded   nothing_recorded  a take without a single frame
└── BadTask           bad_task          ours: the task asks for nothing we know
"""

from typing import ClassVar

READABLE = "an MP4, MOV, WebM, MKV, MP3, M4A or WAV file"


class RecorderError(Exception):
    """Base of the tree. `text` is one plain sentence for a person, free of paths and secrets."""

    key: ClassVar[str]

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class NotMedia(RecorderError):
    key = "not_media"

    def __init__(
        self, text: str = f"This is not a video or sound that can be read. Choose {READABLE}."
    ) -> None:
        super().__init__(text)


class CutOff(RecorderError):
    key = "cut_off"

    def __init__(self) -> None:
        super().__init__("The end of this file is missing. Please choose it again.")


class TooLong(RecorderError):
    key = "too_long"


class TooBig(RecorderError):
    key = "too_big"


class NothingRecorded(RecorderError):
    key = "nothing_recorded"


class BadTask(RecorderError):
    key = "bad_task"

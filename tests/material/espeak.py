"""One utterance spoken by espeak-ng's library, with the moment at which each word begins.

The command line tool does not tell word times, its library does (speak_lib.h, espeak_EVENT).
A machine without it fails here with a clear word: the tests do not guess timelines.
"""

import ctypes
import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RETRIEVAL = 1  # samples come to the callback, nothing is played
CHARACTERS_UTF8 = 1
BY_CHARACTER = 1
WORD_BEGINS = 1
LIST_ENDS = 0
RATE_PARAMETER = 1


class Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event)
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """16-bit mono samples, and for each word the sample at which it begins.

    Words that run into each other ("of a") come as one.
    """

    samples: NDArray[np.int16]
    sample_rate: int
    words: list[tuple[int, str]]


def speak(text: str, *, words_per_minute: int = 150) -> Spoken:
    library, rate = _library()
    chunks: list[NDArray[np.int16]] = []
    begins: list[tuple[int, int]] = []  # character, millisecond

    def take(
        samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[Event]"
    ) -> int:
        if count > 0 and samples:
            chunks.append(np.ctypeslib.as_array(samples, (count,)).astype(np.int16))
        index = 0
        while events[index].type != LIST_ENDS:
            if events[index].type == WORD_BEGINS:
                begins.append((events[index].text_position - 1, events[index].audio_milliseconds))
            index += 1
        return 0

    callback = Callback(take)
    library.espeak_SetSynthCallback(callback)
    library.espeak_SetParameter(RATE_PARAMETER, words_per_minute, 0)
    encoded = text.encode() + b"\0"
    library.espeak_Synth(encoded, len(encoded), 0, BY_CHARACTER, 0, CHARACTERS_UTF8, None, None)
    library.espeak_Synchronize()
    ends = [character for character, _ in begins[1:]] + [len(text)]
    words = [
        (milliseconds * rate // 1000, text[character:end].strip(" .,"))
        for (character, milliseconds), end in zip(begins, ends, strict=True)
    ]
    return Spoken(np.concatenate(chunks), rate, words)


@functools.cache
def _library() -> tuple[ctypes.CDLL, int]:
    library = ctypes.CDLL("libespeak-ng.so.1")
    rate = library.espeak_Initialize(RETRIEVAL, 500, None, 0)
    assert rate > 0, "espeak-ng could not be started"
    library.espeak_SetVoiceByName(b"en")
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    return library, rate

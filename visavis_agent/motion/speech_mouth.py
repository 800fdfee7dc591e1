"""The mouth of speech on the media clock; it shuts without a jump when the sound is cut."""

from __future__ import annotations

import numpy as np

from visavis_agent.motion.constraints import Contact, Mouth
from visavis_agent.motion.curves import Inertia, unit_range
from visavis_agent.motion.phonemes import FUNNEL, JAW, LOWER, PUCKER, ROLL, STRETCH, TIP, TONGUE, UPPER
from visavis_agent.motion.speech_track import Moment

CUT = 0.070
"""How long the mouth takes to shut after the sound was cut, s."""
_FIELDS = 12


class SpeechMouth:
    """Lip shapes of the audible reply; a cut, a resume or a jump starts an inertial transition.

    Args:
        lead: of everything but contacts over the sound, s.
    """

    def __init__(self, lead: float) -> None:
        self._lead = lead
        self._inertia = Inertia(_FIELDS, CUT)

    def step(self, moment: Moment, effort: float, dt: float) -> tuple[Mouth, Contact]:
        """Mouth before contacts, and contacts, `dt` s after the last step; `effort` scales the opening."""
        contact = Contact()
        course = np.zeros(_FIELDS)
        if moment.audible and moment.reply is not None:
            shape = moment.reply.shape(moment.time, self._lead, effort)
            course, contact = _course(shape.values), shape.contact
        value = unit_range(self._inertia.step(course, dt, moment.jumped))
        return Mouth(*value.tolist()), contact

    def shown(self, mouth: Mouth, dt: float) -> None:
        """The mouth as it was mixed: where the next transition starts from."""
        self._inertia.shown(np.array(mouth.values()), dt)


def _course(values: tuple[float, ...]) -> np.ndarray:
    mouth = Mouth(
        jaw=values[JAW],
        upper=values[UPPER],
        lower=values[LOWER],
        stretch=values[STRETCH],
        pucker=values[PUCKER],
        funnel=values[FUNNEL],
        roll_lower=values[ROLL],
        tip=values[TIP],
        tongue=values[TONGUE],
    )
    return np.array(mouth.values())

"""What the net heard becomes a mouth: contacts made whole, the rest between the steps."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.phones import SILENCE
from visavis_agent.motion.lips import LipShape
from visavis_agent.motion.phonemes import JAW
from visavis_agent.motion.sound_net import AHEAD, LEAD_S, OUTPUTS, SEAL, STEP_S, TEETH
from visavis_agent.motion.sound_track import SoundTrack


def rows(count: int, **courses: dict[int, float]) -> np.ndarray:
    """Steps of a mouth at rest, but for `jaw`, `seal`, `teeth` at the steps given."""
    heard = np.zeros((count, OUTPUTS), np.float32)
    for name, course in courses.items():
        for step, value in course.items():
            heard[step, {"jaw": JAW, "seal": SEAL, "teeth": TEETH}[name]] = value
    return heard


def track(heard: np.ndarray, start: float = 1.0) -> SoundTrack:
    made = SoundTrack()
    made.begin(start)
    made.add(heard)
    return made


def at(made: SoundTrack, step: float, lead: float = LEAD_S) -> LipShape:
    """The shape at a step of the net, its start at 1 s."""
    shape = made.shape(1.0 + (step + 1 - AHEAD) * STEP_S, lead, 1.0)
    assert shape is not None
    return shape


@pytest.mark.parametrize(("contact", "doubtful"), [("seal", 0.14), ("teeth", 0.07)])
def test_a_likely_contact_is_whole_and_lasts_for_two_steps(contact: str, doubtful: float) -> None:
    made = track(rows(40, **{contact: {19: doubtful, 20: 0.5, 21: doubtful}}))
    course = [getattr(at(made, step).contact, contact) for step in range(40)]
    assert [step for step, value in enumerate(course) if value == 1.0] == [20, 21]
    assert getattr(at(made, 20.5).contact, contact) == 1.0
    assert 0.0 < course[19] < 0.5 and course[23] == 0.0


@pytest.mark.parametrize("pieces", [(40,), (20, 20), (1,) * 40])
def test_a_contact_is_over_when_it_is_clearly_less_sure_than_it_was_until_it_is_surer_again(
    pieces: tuple[int, ...],
) -> None:
    heard = rows(40, seal={17: 0.4, 18: 0.7, 19: 0.9, 20: 0.7, 21: 0.5, 22: 0.45, 23: 0.3, 26: 0.5, 27: 0.6})
    made = SoundTrack()
    made.begin(1.0)
    for piece in np.split(heard, np.cumsum(pieces)[:-1]):
        made.add(piece)
    shut = [step for step in range(40) if at(made, step).contact.seal == 1.0]
    assert shut == [17, 18, 19, 20, 26, 27]
    assert at(made, 21).contact.seal == 0.0


def test_an_unlikely_contact_is_none() -> None:
    made = track(rows(40, seal={20: 0.09}, teeth={30: 0.03}))
    assert at(made, 20).contact.seal == 0.0
    assert at(made, 30).contact.teeth == 0.0


@pytest.mark.parametrize(("seal", "teeth", "wins"), [(0.35, 0.20, "teeth"), (0.60, 0.20, "seal"), (0.35, 0.09, "seal")])
def test_of_two_contacts_that_exclude_each_other_the_surer_one_is_made(seal: float, teeth: float, wins: str) -> None:
    contact = at(track(rows(40, seal={20: seal}, teeth={20: teeth})), 20).contact
    assert getattr(contact, wins) == 1.0
    assert wins == "seal" or contact.seal == contact.press == 0.0


def test_values_run_ahead_by_the_lead_and_contacts_do_not() -> None:
    made = track(rows(40, jaw={20: 0.4}, seal={20: 0.9}))
    early = at(made, 19, LEAD_S + STEP_S)
    assert early.values[JAW] == pytest.approx(0.4, abs=1e-5) and early.contact.seal == pytest.approx(0.0, abs=1e-5)


def test_sound_that_is_late_leaves_the_mouth_as_it_is_and_then_shuts_it() -> None:
    made = track(rows(21, jaw={20: 0.4}))
    assert at(made, 24).values[JAW] == pytest.approx(0.4, abs=1e-5)
    assert at(made, 35).values[JAW] == 0.0


def test_before_the_sound_and_after_its_end_phones_have_the_mouth() -> None:
    made = track(rows(60))
    assert made.shape(0.9, LEAD_S, 1.0) is None
    made.end(1.5)
    assert made.shape(1.49, LEAD_S, 1.0) is not None and made.shape(1.5, LEAD_S, 1.0) is None


def test_syllables_and_pauses_are_found_for_head_and_brows() -> None:
    made = SoundTrack()
    made.begin(0.0)
    hills = {step: 0.5 - 0.1 * abs(step - peak) for peak in (10, 20) for step in range(peak - 4, peak + 5)}
    found = made.add(rows(60, jaw=hills))
    nuclei = [segment for segment in found if segment.phone != SILENCE]
    assert [segment.centre for segment in nuclei] == pytest.approx([0.16, 0.36])
    (pause,) = (segment for segment in found if segment.phone == SILENCE)
    assert 0.4 < pause.start < 0.5 and pause.duration > 0.13
    assert made.active_until == pytest.approx(0.44)

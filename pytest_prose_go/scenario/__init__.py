"""One case's stations, air, trace and judge: the stage on which a test case plays."""

from pytest_prose_go.scenario.endpoints import Endpoint, GroupOwner, Sending, UserEquipment
from pytest_prose_go.scenario.judging import Carrier, Judge
from pytest_prose_go.scenario.outcome import CaseMisuse, Conclusion, Inconclusive
from pytest_prose_go.scenario.scenario import Scenario

__all__ = [
    "Carrier",
    "CaseMisuse",
    "Conclusion",
    "Endpoint",
    "GroupOwner",
    "Inconclusive",
    "Judge",
    "Scenario",
    "Sending",
    "UserEquipment",
]

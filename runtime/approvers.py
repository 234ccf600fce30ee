"""Who may decide: people with their roles and keys, and what a fleet says of its gates otherwise than its processes.

`docs/approvers.md` explains the file; `runtime.approvers_file` reads it.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StrictBool, field_validator

from contracts.approvers import Approver, ApproverKey
from contracts.policies import Escalation, GatePolicy, Silence, Stage
from runtime.approver_fields import Label, Length, Whom, address, listed, mailbox, moment, page
from runtime.checks import web_url
from runtime.public_key import checked_public_key
from runtime.toml_file import Table, whole_number


class KeyTable(Table):
    """`[[approvers.NAME.keys]]`."""

    id: Label
    public: Annotated[str, AfterValidator(checked_public_key)]
    revoked: Annotated[AwareDatetime, BeforeValidator(moment)] | None = None
    """Signatures that arrive from then on do not count."""


class PersonTable(Table):
    """`[approvers.NAME]`."""

    roles: Annotated[tuple[Label, ...], BeforeValidator(listed)] = ()
    email: Annotated[str, AfterValidator(address)] | None = None
    keys: Annotated[tuple[KeyTable, ...], BeforeValidator(listed)] = ()


class StageTable(Table, Stage):
    """One of a gate's `stages`."""

    who: Whom = ()

    @field_validator("needed", mode="before")
    @classmethod
    def _count(cls, value: Any) -> Any:
        return whole_number(value)


class EscalationTable(Table, Escalation):
    """One of a gate's `escalations`."""

    after: Length
    to: Whom = Field(min_length=1)


class GateTable(Table):
    """`[gates.PROCESS.STEP]`: what stands there takes the place of the same field of the process's own policy."""

    stages: Annotated[tuple[StageTable, ...], BeforeValidator(listed), Field(min_length=1, max_length=10)] | None = None
    separate: StrictBool | None = None
    deadline: Length | None = None
    remind_after: Length | None = None
    remind_every: Length | None = None
    escalations: Annotated[tuple[EscalationTable, ...], BeforeValidator(listed), Field(max_length=10)] | None = None
    silence: Silence | None = None
    signed: StrictBool | None = None
    bound: StrictBool | None = None

    def over(self, usual: GatePolicy) -> GatePolicy:
        """The usual policy with what this table says otherwise. Raises ValidationError."""
        return GatePolicy.model_validate(usual.model_dump() | self.model_dump(exclude_unset=True))


class NoticesTable(Table):
    """`[notices]`: how people hear that they are waited for."""

    inbox: Annotated[str, AfterValidator(page)] | None = None
    """Where links lead."""
    sender: Annotated[str, AfterValidator(mailbox)] | None = Field(default=None, alias="from")
    """Unset: no mails go out."""
    webhook: Annotated[str, AfterValidator(web_url)] | None = Field(default=None, repr=False)
    """Chat tools put what gives access into its path."""


class Approvers(Table):
    """The whole file. Nobody who is not named here may decide."""

    approvers: Mapping[str, PersonTable] = {}
    gates: Mapping[str, Mapping[str, GateTable]] = {}
    notices: NoticesTable = NoticesTable()

    def policy_for(self, process: str, step: str, usual: GatePolicy) -> GatePolicy:
        """How the gate of a process's step decides; `usual` is the process's own policy."""
        table = self.gates.get(process, {}).get(step)
        return table.over(usual) if table else usual

    def people(self) -> tuple[Approver, ...]:
        """Everybody."""
        return tuple(
            Approver(name=name, roles=one.roles, keys=tuple(ApproverKey(**key.model_dump()) for key in one.keys))
            for name, one in self.approvers.items()
        )

    def among(self, who: tuple[str, ...]) -> tuple[Approver, ...]:
        """Those who are named there, by name or by role; everybody where nobody is."""
        return tuple(one for one in self.people() if not who or one.is_one_of(who))

    def concerned(self, policy: GatePolicy) -> tuple[Approver, ...]:
        """Those whom the policy lets decide, at any stage or from an escalation on."""
        if any(not stage.who for stage in policy.stages):
            return self.people()
        whom = (*(stage.who for stage in policy.stages), *(escalation.to for escalation in policy.escalations))
        return self.among(tuple(name for who in whom for name in who))

    @property
    def tells_anybody(self) -> bool:
        """Whether notices go out."""
        mails = self.notices.sender is not None and any(one.email for one in self.approvers.values())
        return mails or self.notices.webhook is not None

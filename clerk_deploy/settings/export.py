"""Settings of metrics that go to Datadog or New Relic."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from clerk_deploy.monitoring.export.vendors import ADDRESSES, Vendor
from clerk_deploy.settings.model import Model, misfit, shaped

Namespace = Annotated[
    str,
    shaped(r"[\w.#/-][\w.#/:-]{0,254}", "a namespace of CloudWatch's, such as AWS/CloudFront"),
]


class ExportSettings(Model):
    """Metrics to Datadog or New Relic, by a metric stream and Firehose."""

    vendor: Vendor = Field(description="`datadog` or `newrelic`.")
    site: str = Field(
        description="Where your account is. Datadog: the site's name, such as datadoghq.eu. New Relic: `us` "
        "or `eu`."
    )
    namespaces: tuple[Namespace, ...] = Field(
        default=(),
        description="CloudWatch namespaces to send besides the environment's own, such as AWS/CloudFront; "
        "each is sent whole, with what others in the account have there.",
    )

    @field_validator("namespaces")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for index, namespace in enumerate(value):
            if namespace in value[:index]:
                raise misfit("it is named twice", at=f"[{index}]", next_step="remove one of them")
        return value

    @model_validator(mode="after")
    def _is_a_site_of_the_vendor(self) -> Self:
        if self.site not in ADDRESSES[self.vendor]:
            raise misfit(
                f"it must be one of {', '.join(ADDRESSES[self.vendor])} for {self.vendor.brand}",
                at="site",
                next_step="it is in the address of your account's pages",
            )
        return self

    @property
    def address(self) -> str:
        """Where Firehose delivers to."""
        return ADDRESSES[self.vendor][self.site]

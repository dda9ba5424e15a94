"""Parameters of the process and of a sampler. Free of torch."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kizu.parameters import Parameters


class ScheduleParameters(Parameters):
    """Noise levels of the timesteps."""

    name: Literal["linear", "scaled_linear", "cosine", "sigmoid"] = Field(
        description="How the noise rises."
    )
    timesteps: int = Field(gt=0, description="T, from the clean image to pure noise.")


class VariancePreservingParameters(Parameters):
    """DDPM's formulation; see `kizu.diffusion.formulations.VariancePreserving`."""

    kind: Literal["variance_preserving"]
    prediction: Literal["noise", "clean", "velocity"] = Field(
        description="What the network puts out."
    )
    weighting: Literal["simple", "min_snr", "soft_min_snr"] = Field(
        description="How much each noise level counts in the loss."
    )
    gamma: float = Field(default=5.0, gt=0, description="Where the SNR weightings level off.")


class PreconditionedParameters(Parameters):
    """EDM's formulation; see `kizu.diffusion.formulations.Preconditioned`."""

    kind: Literal["preconditioned"]
    data_std: float = Field(default=0.5, gt=0, description="Standard deviation of the pixels.")
    log_mean: float = Field(default=-1.2, description="Mean of log sigma in training.")
    log_std: float = Field(default=1.2, gt=0, description="Standard deviation of log sigma.")


FormulationParameters = Annotated[
    VariancePreservingParameters | PreconditionedParameters, Field(discriminator="kind")
]


class ProcessParameters(Parameters):
    """The process and what a network has to do with it."""

    schedule: ScheduleParameters
    formulation: FormulationParameters


class SamplingMethodParameters(Parameters):
    """A method of sampling, for any number of steps."""

    name: Literal["ddpm", "ddim", "heun", "dpm_solver"] = Field(description="The method.")
    spacing: Literal["uniform", "quadratic", "karras"] = Field(
        default="uniform", description="Where the steps are: in timesteps, or in sigma as EDM does."
    )
    eta: float = Field(default=0.0, ge=0, le=1, description="DDIM's share of fresh noise.")
    variance: Literal["lower", "upper"] = Field(
        default="lower", description="Which bound of a step's variance DDPM adds; see `ddpm`."
    )
    churn: float = Field(default=0.0, ge=0, description="Noise that Heun's method adds back.")

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        for option, user in (("eta", "ddim"), ("variance", "ddpm"), ("churn", "heun")):
            value = getattr(self, option)
            if value != type(self).model_fields[option].default and self.name != user:
                raise ValueError(
                    f"{option} is {value}, which name: {self.name} does not use; choose {user}"
                )
        return self


class SamplerParameters(SamplingMethodParameters):
    """How samples are drawn."""

    steps: int = Field(gt=0, description="Steps from pure noise to an image.")
    guidance_scale: float = Field(
        default=1.0, ge=0, description="Classifier-free guidance; 1 leaves the condition as it is."
    )
    clip: bool = Field(default=True, description="Keep every estimate of the image in its range.")

    def check_schedule(self, schedule: ScheduleParameters, key: str = "sampler.steps") -> None:
        """Refuse more steps than there are timesteps to visit.

        Args:
            schedule: of the process.
            key: where the number of steps is from.

        Raises:
            ValueError: naming both.
        """
        if self.spacing != "karras" and self.steps > schedule.timesteps:
            raise ValueError(
                f"{key} is {self.steps}, but spacing: {self.spacing} visits timesteps and "
                f"schedule.timesteps is {schedule.timesteps}; choose from 1 to "
                f"{schedule.timesteps}, or spacing: karras"
            )

    def check_labels(self, conditional: bool, label_dropout: float) -> None:
        """Refuse guidance by a network that has not learned both distributions.

        Raises:
            ValueError: naming what is missing.
        """
        if self.guidance_scale != 1 and not (conditional and label_dropout > 0):
            raise ValueError(
                f"sampler.guidance_scale is {self.guidance_scale}, but guidance needs labels: "
                f"conditional is {conditional} and label_dropout {label_dropout}; set conditional "
                "to true and label_dropout above 0, e.g. 0.1, or guidance_scale to 1"
            )

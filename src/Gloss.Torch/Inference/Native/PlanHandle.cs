using Microsoft.Win32.SafeHandles;

namespace Gloss.Torch.Inference.Native;

/// <summary>Owns a <c>gloss_plan</c>.</summary>
internal sealed class PlanHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public PlanHandle() : base(ownsHandle: true) { }

    protected override bool ReleaseHandle() => OneDnnMethods.gloss_plan_free(handle) == 0;
}

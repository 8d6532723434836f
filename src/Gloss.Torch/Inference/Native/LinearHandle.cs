using Microsoft.Win32.SafeHandles;

namespace Gloss.Torch.Inference.Native;

/// <summary>Owns a <c>gloss_linear</c>.</summary>
internal sealed class LinearHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public LinearHandle() : base(ownsHandle: true) { }

    protected override bool ReleaseHandle() => OneDnnMethods.gloss_linear_free(handle) == 0;
}

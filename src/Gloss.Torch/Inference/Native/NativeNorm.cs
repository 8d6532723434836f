using System.Runtime.InteropServices;

namespace Gloss.Torch.Inference.Native;

/// <summary><c>gloss_norm</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeNorm
{
    public float* Weight;
    public float* Bias;
    public float Epsilon;
    public int Reserved;
}

using System.Runtime.InteropServices;

namespace Gloss.Torch.Inference.Native;

/// <summary><c>gloss_window_attention</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeWindowAttention
{
    public float* Projected;
    public float* Padding;
    public float* Bias;
    public float* Output;
    public long Batch;
    public long Height;
    public long Width;
    public long Heads;
    public long HeadWidth;
    public long Window;
    public long Shift;
    public float Scale;
    public int Reserved;
}

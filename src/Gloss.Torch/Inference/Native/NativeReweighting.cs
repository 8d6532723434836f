using System.Runtime.InteropServices;

namespace Gloss.Torch.Inference.Native;

/// <summary><c>gloss_reweighting</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeReweighting
{
    public void* Values;
    public float* Scales;
    public long* Ids;
    public float* Pictures;
    public float* Output;
    public long Tags;
    public long Texts;
    public long Width;
    public long Asked;
    public long Batch;
    public int Storage;
    public float Factor;
}

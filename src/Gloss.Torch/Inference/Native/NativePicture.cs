using System.Runtime.InteropServices;

namespace Gloss.Torch.Inference.Native;

/// <summary>Mirrors <c>gloss_picture</c> of <c>native/onednn/gloss_onednn.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativePicture
{
    public int Height;
    public int Width;
    public int Channels;
    public int Storage;
    public float Scale;
    public int Reserved;
    public float* Mean;
    public float* Deviation;
}

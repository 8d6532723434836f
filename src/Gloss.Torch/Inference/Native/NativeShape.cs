using System.Runtime.InteropServices;

namespace Gloss.Torch.Inference.Native;

/// <summary>Mirrors <c>gloss_node_shape</c> of <c>native/onednn/gloss_onednn.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeShape
{
    public int Height;
    public int Width;
    public int Channels;
}

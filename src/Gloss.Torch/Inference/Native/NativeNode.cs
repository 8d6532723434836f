using System.Runtime.InteropServices;

namespace Gloss.Torch.Inference.Native;

/// <summary>Mirrors <c>gloss_node</c> of <c>native/onednn/gloss_onednn.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeNode
{
    public int Kind;
    public int Input;
    public int Residual;
    public int Activation;
    public int OutChannels;
    public int Groups;
    public int KernelHeight;
    public int KernelWidth;
    public int StrideHeight;
    public int StrideWidth;
    public int DilationHeight;
    public int DilationWidth;
    public int PadTop;
    public int PadLeft;
    public int PadBottom;
    public int PadRight;
    public int IsOutput;
    public int InputStorage;
    public int Storage;
    public float InputScale;
    public float Scale;
    public float ClipLow;
    public float ClipHigh;
    public int Reserved;
    public float* Weights;
    public float* Bias;
}

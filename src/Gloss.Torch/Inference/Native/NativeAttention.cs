using System.Runtime.InteropServices;

namespace Gloss.Torch.Inference.Native;

/// <summary><c>gloss_attention</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeAttention
{
    public float* Query;
    public float* Key;
    public float* Value;
    public float* Bias;
    public float* Output;
    public long Batch;
    public long Heads;
    public long Queries;
    public long Keys;
    public long Width;
    public long QueryBatch;
    public long QueryStride;
    public long KeyBatch;
    public long KeyStride;
    public long OutputStride;
    public long BiasBatch;
    public long BiasHeads;
    public long BiasQueries;
    public float Scale;
    public int Reserved;
}

namespace Gloss.Torch.Inference.Native;

/// <summary>Mirrors <c>gloss_storage</c>: how a node's values are kept in memory.</summary>
internal enum Storage
{
    Float32 = 0,
    BFloat16 = 1,
    Byte = 2,
    SignedByte = 3,
    Float16 = 4,
}

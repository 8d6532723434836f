using Gloss.Torch;

namespace Gloss.Models;

/// <summary>A weight that is not in memory yet.</summary>
/// <param name="shape">Sizes of its dimensions.</param>
/// <param name="read">Makes the tensor; the scope around owns it.</param>
/// <param name="release">Called when it is no longer needed.</param>
/// <param name="entry">The checkpoint's entry, where it is one as it stands.</param>
internal sealed class WeightSource(long[] shape, Func<Tensor> read, Action? release = null,
    CheckpointTensor? entry = null)
{
    public long[] Shape { get; } = shape;

    public CheckpointTensor? Entry { get; } = entry;

    public Tensor Read() => read();

    public void Release() => release?.Invoke();
}

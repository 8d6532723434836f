using Gloss.Torch;

namespace Gloss.Models.Layers;

/// <summary>
/// A tensor that follows from a model's sizes alone: made once, and moved to the device on which it is wanted.
/// </summary>
public sealed class Constant : IDisposable
{
    private Tensor value;

    /// <summary>Takes over <paramref name="value"/>.</summary>
    public Constant(Tensor value) => this.value = TensorScope.Detach(value);

    /// <summary>The tensor on a device; it stays this object's.</summary>
    public Tensor On(Device device)
    {
        if (value.Device != device)
        {
            var moved = TensorScope.Detach(value.To(device));
            value.Dispose();
            value = moved;
        }
        return value;
    }

    /// <inheritdoc/>
    public void Dispose() => value.Dispose();
}

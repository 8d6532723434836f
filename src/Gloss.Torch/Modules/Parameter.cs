namespace Gloss.Torch;

/// <summary>A named tensor that belongs to a <see cref="Module"/>.</summary>
public sealed class Parameter : IDisposable
{
    internal Parameter(string name, Tensor value, bool isTrainable)
    {
        Name = name;
        Value = TensorScope.Detach(value);
        IsTrainable = isTrainable;
        if (isTrainable)
            value.SetRequiresGrad();
    }

    /// <summary>The name inside its module, without prefix.</summary>
    public string Name { get; }

    /// <summary>The tensor; the module owns it.</summary>
    public Tensor Value { get; private set; }

    /// <summary>Whether an optimiser changes it; running figures of batch normalisation are not trainable.</summary>
    public bool IsTrainable { get; private set; }

    /// <summary>Keeps the parameter as it is from now on: no gradient is recorded.</summary>
    public void Freeze()
    {
        IsTrainable = false;
        Value.SetRequiresGrad(false);
    }

    /// <summary>Takes <paramref name="value"/> (same shape, any type or device) in place of the present tensor, which is disposed.</summary>
    internal void Replace(Tensor value)
    {
        if (ReferenceEquals(value, Value))
            return;
        Value.Dispose();
        Value = TensorScope.Detach(value);
        if (IsTrainable && !value.RequiresGrad)
            value.SetRequiresGrad();
    }

    /// <inheritdoc/>
    public void Dispose() => Value.Dispose();
}

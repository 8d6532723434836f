namespace Gloss.Torch;

/// <summary>
/// A named tensor that belongs to a <see cref="Module"/>. One that a model folder stores in few bits may stay as it is
/// stored until <see cref="Value"/> is asked for.
/// </summary>
public sealed class Parameter : IDisposable
{
    private readonly Lock widening = new();
    private Tensor? value;
    private StoredTensor? stored;

    internal Parameter(string name, Tensor value, bool isTrainable)
    {
        Name = name;
        this.value = TensorScope.Detach(value);
        IsTrainable = isTrainable;
        if (isTrainable)
            value.SetRequiresGrad();
    }

    /// <summary>The name inside its module, without prefix.</summary>
    public string Name { get; }

    /// <summary>The tensor; the module owns it.</summary>
    public Tensor Value => Volatile.Read(ref value) ?? Widen();

    /// <summary>Whether the module can use it as a file stores it: then it is not widened when it is loaded.</summary>
    internal bool MayStayStored { get; set; }

    /// <summary>Whether it is as a file stores it; <see cref="Value"/> widens it for good.</summary>
    internal bool IsStored => Volatile.Read(ref value) is null;

    /// <summary>Sizes of its dimensions.</summary>
    internal long[] Shape => Volatile.Read(ref value)?.Shape ?? stored!.Shape;

    /// <summary>
    /// The values as they are kept, and what the numbers of a row are multiplied by (null: 1); they stay the
    /// parameter's.
    /// </summary>
    internal (Tensor Values, Tensor? Scales) Kept =>
        Volatile.Read(ref value) is { } wide ? (wide, null) : (stored!.Values, stored.Scales);

    /// <summary>Whether an optimiser changes it; running figures of batch normalisation are not trainable.</summary>
    public bool IsTrainable { get; private set; }

    /// <summary>Keeps the parameter as it is from now on: no gradient is recorded.</summary>
    public void Freeze()
    {
        IsTrainable = false;
        Value.SetRequiresGrad(false);
    }

    /// <summary>
    /// Takes <paramref name="value"/> (same shape, any type or device) in place of the present tensor, which is
    /// disposed.
    /// </summary>
    internal void Replace(Tensor value)
    {
        if (ReferenceEquals(value, this.value))
            return;
        Dispose();
        stored = null;
        this.value = TensorScope.Detach(value);
        if (IsTrainable && !value.RequiresGrad)
            value.SetRequiresGrad();
    }

    /// <summary>Takes stored values (of the same shape) in place of the present ones, which are disposed.</summary>
    internal void Replace(StoredTensor values)
    {
        Dispose();
        stored = values;
        value = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        value?.Dispose();
        stored?.Dispose();
    }

    // What is stored stays: another thread may be using it.
    private Tensor Widen()
    {
        lock (widening)
        {
            if (value is { } known)
                return known;
            var wide = TensorScope.Outside(stored!.ToFloat32);
            if (IsTrainable)
                wide.SetRequiresGrad();
            Volatile.Write(ref value, wide);
            return wide;
        }
    }
}

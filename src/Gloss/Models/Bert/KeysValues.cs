using Gloss.Torch;

namespace Gloss.Models.Bert;

/// <summary>
/// Projected keys and values of one attention, each (B, heads, T, D); kept over the steps of a generation.
/// </summary>
public sealed class KeysValues(Tensor keys, Tensor values) : IDisposable
{
    /// <summary>(B, heads, T, D).</summary>
    public Tensor Keys { get; } = keys;

    /// <summary>(B, heads, T, D).</summary>
    public Tensor Values { get; } = values;

    /// <summary>These with <paramref name="next"/> behind them.</summary>
    public KeysValues Append(KeysValues next) => new(
        TensorShape.Concatenate(2, Keys, next.Keys), TensorShape.Concatenate(2, Values, next.Values));

    /// <summary>The rows <paramref name="rows"/> (int64) of the batch, in that order.</summary>
    public KeysValues Reorder(Tensor rows) => new(Keys.IndexSelect(0, rows), Values.IndexSelect(0, rows));

    /// <summary>Takes both out of all scopes.</summary>
    public KeysValues Detach()
    {
        TensorScope.Detach(Keys);
        TensorScope.Detach(Values);
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Keys.Dispose();
        Values.Dispose();
    }
}

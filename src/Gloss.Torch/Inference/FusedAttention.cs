using Gloss.Torch.Inference.Native;

namespace Gloss.Torch.Inference;

/// <summary>
/// Attention for inference on the processor that reads queries, keys and values where projections wrote them and writes
/// what the next projection reads: no copies, and scores that stay in the cache. No gradient is recorded.
/// </summary>
public static unsafe class FusedAttention
{
    /// <summary>Whether tensors can go through it.</summary>
    public static bool CanRun(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Device.Type == DeviceType.Cpu && x.Type == ScalarType.Float32 && OneDnn.IsAvailable;
    }

    /// <summary>softmax(q · kᵀ / √D + bias) · v where q, k and v stand side by side in one tensor.</summary>
    /// <param name="projected">(B, T, 3 · heads · D): all queries of a token, then its keys, then its values;
    /// float32.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="bias">(N, heads, T, T), taken in turn by the rows of the batch; null: none.</param>
    /// <returns>(B, T, heads · D).</returns>
    public static Tensor Self(Tensor projected, long heads, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(projected);
        using var scope = TensorScope.Begin();
        var whole = projected.Contiguous();
        var (B, T, C) = (whole.Size(0), whole.Size(1), whole.Size(2) / 3);
        var start = (float*)whole.DataPointer();
        var result = Tensors.Empty([B, T, C]);
        Run(new NativeAttention
        {
            Query = start, Key = start + C, Value = start + 2 * C, Batch = B, Heads = heads, Queries = T, Keys = T,
            Width = C / heads,
            QueryBatch = T * 3 * C, QueryStride = 3 * C, KeyBatch = T * 3 * C, KeyStride = 3 * C,
        }, result, bias);
        GC.KeepAlive(whole);
        return scope.Return(result);
    }

    /// <summary>Whether <see cref="Windows"/> runs on this processor.</summary>
    public static bool HasWindows => OneDnn.HasWindows;

    /// <summary>
    /// Self-attention inside the windows of a map that was shifted cyclically (Swin), read from the map and written to
    /// a map: nothing is cut, rolled, padded or joined in memory. Where the shift made neighbours of places that are
    /// none, −100 is added to their score.
    /// </summary>
    /// <param name="projected">(B, H, W, 3 · heads · D): all queries of a place, then its keys, then its values;
    /// float32.</param>
    /// <param name="padding">(3 · heads · D): those of the places that fill the map up to whole windows.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="window">Side of a window.</param>
    /// <param name="shift">How far the windows begin from the map's edge; less than the window.</param>
    /// <param name="bias">(heads, window², window²), or with leading ones.</param>
    /// <returns>(B, H, W, heads · D).</returns>
    public static Tensor Windows(Tensor projected, Tensor padding, long heads, long window, long shift, Tensor bias)
    {
        ArgumentNullException.ThrowIfNull(projected);
        ArgumentNullException.ThrowIfNull(padding);
        ArgumentNullException.ThrowIfNull(bias);
        using var scope = TensorScope.Begin();
        var (map, fill, added) = (projected.Contiguous(), padding.Contiguous(), bias.Contiguous());
        var (B, H, W, C) = (map.Size(0), map.Size(1), map.Size(2), map.Size(3) / 3);
        if (heads < 1 || C % heads != 0 || fill.ElementCount != 3 * C
            || added.ElementCount != heads * window * window * window * window
            || fill.Type != ScalarType.Float32 || added.Type != ScalarType.Float32)
            throw new ArgumentException(
                $"a map {map} with padding {fill}, bias {added}, {heads} heads and windows of {window} do not fit",
                nameof(projected));
        var result = Tensors.Empty([B, H, W, C]);
        if (result.ElementCount == 0)
            return scope.Return(result);
        var native = new NativeWindowAttention
        {
            Projected = (float*)map.DataPointer(), Padding = (float*)fill.DataPointer(),
            Bias = (float*)added.DataPointer(),
            Output = (float*)result.DataPointer(), Batch = B, Height = H, Width = W, Heads = heads,
            HeadWidth = C / heads, Window = window, Shift = shift,
            Scale = (float)(1 / Math.Sqrt(C / heads)),
        };
        OneDnnMethods.Check(OneDnnMethods.gloss_attend_windows(&native, Engine.Threads));
        GC.KeepAlive(map);
        GC.KeepAlive(fill);
        GC.KeepAlive(added);
        return scope.Return(result);
    }

    /// <summary>softmax(q · kᵀ / √D + bias) · v of queries that look at other tokens.</summary>
    /// <param name="queries">(B or 1, Tq, heads · D), float32; one row serves the whole batch.</param>
    /// <param name="keys">(B, Tk, heads · D).</param>
    /// <param name="values">(B, Tk, heads · D).</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="bias">(N, heads or 1, Tq or 1, Tk), taken in turn by the rows of the batch; null: none.</param>
    /// <returns>(B, Tq, heads · D).</returns>
    public static Tensor Cross(Tensor queries, Tensor keys, Tensor values, long heads, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(values);
        using var scope = TensorScope.Begin();
        var (q, k, v) = (queries.Contiguous(), keys.Contiguous(), values.Contiguous());
        var (B, Tq, Tk, C) = (k.Size(0), q.Size(1), k.Size(1), q.Size(2));
        var result = Tensors.Empty([B, Tq, C]);
        Run(new NativeAttention
        {
            Query = (float*)q.DataPointer(), Key = (float*)k.DataPointer(), Value = (float*)v.DataPointer(), Batch = B,
            Heads = heads,
            Queries = Tq, Keys = Tk, Width = C / heads, QueryBatch = q.Size(0) == 1 ? 0 : Tq * C, QueryStride = C,
            KeyBatch = Tk * C, KeyStride = C,
        }, result, bias);
        GC.KeepAlive(q);
        GC.KeepAlive(k);
        GC.KeepAlive(v);
        return scope.Return(result);
    }

    private static void Run(NativeAttention attention, Tensor result, Tensor? bias)
    {
        if (attention.Width < 1 || attention.Width * attention.Heads != result.Size(2))
            throw new ArgumentException($"{result.Size(2)} numbers of a token are no {attention.Heads} heads");
        if (result.ElementCount == 0)
            return;
        using var scope = TensorScope.Begin();
        var added = bias?.Contiguous();
        if (added is not null && (added.Rank != 4 || added.Type != ScalarType.Float32
            || (added.Size(1) != 1 && added.Size(1) != attention.Heads)
            || (added.Size(2) != 1 && added.Size(2) != attention.Queries) || added.Size(3) != attention.Keys))
            throw new ArgumentException(
                $"the bias is {added}, expected (N, {attention.Heads}, {attention.Queries}, {attention.Keys}) Float32",
                nameof(bias));
        attention.Output = (float*)result.DataPointer();
        attention.OutputStride = result.Size(2);
        attention.Bias = added is null ? null : (float*)added.DataPointer();
        attention.BiasBatch = added?.Size(0) ?? 1;
        attention.BiasHeads = added?.Size(1) ?? 1;
        attention.BiasQueries = added?.Size(2) ?? 1;
        attention.Scale = (float)(1 / Math.Sqrt(attention.Width));
        OneDnnMethods.Check(OneDnnMethods.gloss_attend(&attention, Engine.Threads));
        GC.KeepAlive(added);
    }
}

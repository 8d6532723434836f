using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Operators that pick elements.</summary>
public static class TensorIndexing
{
    private static readonly Operator select = new("aten::select", "int");
    private static readonly Operator narrow = new("aten::narrow");
    private static readonly Operator slice = new("aten::slice", "Tensor");
    private static readonly Operator indexSelect = new("aten::index_select");
    private static readonly Operator gather = new("aten::gather");
    private static readonly Operator index = new("aten::index", "Tensor");
    private static readonly Operator scatterAdd = new("aten::scatter_add");

    /// <summary>One item along a dimension, which disappears; a view.</summary>
    public static Tensor Select(this Tensor self, long dimension, long item) => select.Call(self, dimension, item);
    /// <summary><paramref name="length"/> items along a dimension from <paramref name="start"/>; a view.</summary>
    public static Tensor Narrow(this Tensor self, long dimension, long start, long length) =>
        narrow.Call(self, dimension, start, length);
    /// <summary>Items start, start + step … before end along a dimension; a view.</summary>
    public static Tensor Slice(this Tensor self, long dimension, long start, long end, long step = 1) =>
        slice.Call(self, dimension, start, end, step);
    /// <summary>Items along a dimension by their indices (int64, one dimension); a copy.</summary>
    public static Tensor IndexSelect(this Tensor self, long dimension, Tensor indices) =>
        indexSelect.Call(self, dimension, indices);
    /// <summary>
    /// For each element of <paramref name="indices"/> (int64) the element that stands there along a dimension.
    /// </summary>
    public static Tensor Gather(this Tensor self, long dimension, Tensor indices) =>
        gather.Call(self, dimension, indices);
    /// <summary>Elements by index tensors for the leading dimensions; null takes a whole dimension.</summary>
    public static Tensor Index(this Tensor self, params Tensor?[] indices) => index.Call(self, indices);
    /// <summary>
    /// self with <paramref name="source"/> added at <paramref name="indices"/> (int64) along a dimension.
    /// </summary>
    public static Tensor ScatterAdd(this Tensor self, long dimension, Tensor indices, Tensor source) =>
        scatterAdd.Call(self, dimension, indices, source);
}

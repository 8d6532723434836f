using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Operators that change how elements are laid out. Most return views that share memory.</summary>
public static class TensorShape
{
    private static readonly Operator reshape = new("aten::reshape");
    private static readonly Operator permute = new("aten::permute");
    private static readonly Operator transpose = new("aten::transpose", "int");
    private static readonly Operator contiguous = new("aten::contiguous");
    private static readonly Operator unsqueeze = new("aten::unsqueeze");
    private static readonly Operator squeeze = new("aten::squeeze", "dim");
    private static readonly Operator expand = new("aten::expand");
    private static readonly Operator repeatInterleave = new("aten::repeat_interleave", "self_int");
    private static readonly Operator flatten = new("aten::flatten", "using_ints");
    private static readonly Operator cat = new("aten::cat");
    private static readonly Operator stack = new("aten::stack");
    private static readonly Operator split = new("aten::split_with_sizes");
    private static readonly Operator unbind = new("aten::unbind", "int");
    private static readonly Operator clone = new("aten::clone");
    private static readonly Operator roll = new("aten::roll");
    private static readonly Operator flip = new("aten::flip");
    private static readonly Operator pad = new("aten::constant_pad_nd");
    private static readonly Operator tril = new("aten::tril");

    /// <summary>Another shape for the same elements; one size may be -1.</summary>
    public static Tensor Reshape(this Tensor self, params long[] shape) => reshape.Call(self, shape);
    /// <summary>The dimensions in another order.</summary>
    public static Tensor Permute(this Tensor self, params long[] dimensions) => permute.Call(self, dimensions);
    /// <summary>Two dimensions exchanged.</summary>
    public static Tensor Transpose(this Tensor self, long first, long second) => transpose.Call(self, first, second);
    /// <summary>Row-major without gaps, or in another format; copied only when needed.</summary>
    public static Tensor Contiguous(this Tensor self, MemoryFormat format = MemoryFormat.Contiguous) =>
        contiguous.Call(self, format);
    /// <summary>A dimension of size 1 put in.</summary>
    public static Tensor Unsqueeze(this Tensor self, long dimension) => unsqueeze.Call(self, dimension);
    /// <summary>A dimension of size 1 taken out.</summary>
    public static Tensor Squeeze(this Tensor self, long dimension) => squeeze.Call(self, dimension);
    /// <summary>Dimensions of size 1 repeated without copying; -1 keeps a size.</summary>
    public static Tensor Expand(this Tensor self, params long[] shape) => expand.Call(self, shape);
    /// <summary>Each item along a dimension repeated <paramref name="count"/> times, copies side by side.</summary>
    public static Tensor RepeatInterleave(this Tensor self, long count, long dimension) =>
        repeatInterleave.Call(self, count, dimension);
    /// <summary>Dimensions from start to end made one.</summary>
    public static Tensor Flatten(this Tensor self, long start = 0, long end = -1) => flatten.Call(self, start, end);
    /// <summary>Tensors joined along a dimension that they have.</summary>
    public static Tensor Concatenate(long dimension, params Tensor[] tensors) => cat.Call(tensors, dimension);
    /// <summary>Tensors of one shape joined along a new dimension.</summary>
    public static Tensor Stack(long dimension, params Tensor[] tensors) => stack.Call(tensors, dimension);
    /// <summary>Views of the given sizes along a dimension.</summary>
    public static Tensor[] Split(this Tensor self, long dimension, params long[] sizes) =>
        split.CallMany(self, sizes, dimension)!;
    /// <summary>The views along a dimension, which disappears.</summary>
    public static Tensor[] Unbind(this Tensor self, long dimension = 0) => unbind.CallMany(self, dimension)!;
    /// <summary>A copy.</summary>
    public static Tensor Clone(this Tensor self) => clone.Call(self);
    /// <summary>Items moved round along dimensions.</summary>
    public static Tensor Roll(this Tensor self, long[] shifts, long[] dimensions) =>
        roll.Call(self, shifts, dimensions);
    /// <summary>The order along dimensions reversed.</summary>
    public static Tensor Flip(this Tensor self, params long[] dimensions) => flip.Call(self, dimensions);
    /// <summary>
    /// Filled up with <paramref name="value"/>: before and after the last dimension, then the one before it, and so on.
    /// </summary>
    public static Tensor Pad(this Tensor self, long[] padding, Scalar value) => pad.Call(self, padding, value);
    /// <summary>The lower triangle of the last two dimensions, zero above.</summary>
    public static Tensor LowerTriangle(this Tensor self, long diagonal = 0) => tril.Call(self, diagonal);
}

using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Swin;

/// <summary>
/// x + WMSA(LN(x)), then x + MLP(LN(x)) (Liu et al., 2021, eq. 3). Works on maps of any size: those that are no
/// multiple of the window are filled up with zeros at the right and at the bottom.
/// </summary>
public sealed class SwinBlock : Module
{
    private readonly LayerNorm norm1;
    private readonly WindowAttention attention;
    private readonly LayerNorm norm2;
    private readonly Mlp mlp;
    private readonly DropPath dropPath;

    /// <summary>A block whose windows begin <paramref name="shift"/> tokens from the edge.</summary>
    public SwinBlock(long width, long heads, long window, long shift, long hidden, double normEpsilon,
        double dropPathRate)
    {
        Window = window;
        Shift = shift;
        norm1 = Add("norm1", new LayerNorm(width, normEpsilon));
        attention = Add("attn", new WindowAttention(width, window, heads));
        norm2 = Add("norm2", new LayerNorm(width, normEpsilon));
        mlp = Add("mlp", new Mlp(width, hidden));
        dropPath = Add("drop_path", new DropPath(dropPathRate));
    }

    /// <summary>Side of a window.</summary>
    public long Window { get; }

    /// <summary>How far the windows are shifted; 0 in every other block.</summary>
    public long Shift { get; }

    /// <summary>
    /// Folds the bias into a constant and, where windows are not attended to in the map itself, the mask of one map
    /// size, when given. See <see cref="WindowAttention.Fold"/>.
    /// </summary>
    public void Fold(Tensor? shiftMask) => attention.Fold(attention.CanMap() ? null : shiftMask);

    /// <summary>Whether <see cref="Forward"/> wants a mask for x (B, H, W, C).</summary>
    internal bool NeedsMask(Tensor x) => Shift > 0 && !attention.HasFoldedMask && (IsTraining || !attention.CanMap(x));

    /// <summary>
    /// (B, H, W, C) to the same shape. <paramref name="shiftMask"/> is <see cref="Windows.ShiftMask"/> of the filled-up
    /// map where <see cref="NeedsMask"/>, else null.
    /// </summary>
    public Tensor Forward(Tensor x, Tensor? shiftMask)
    {
        using var scope = TensorScope.Begin();
        x = !IsTraining && attention.CanMap(x) ? attention.ForwardMap(x, norm1, Window, Shift) : x
            + dropPath.Forward(Attend(norm1.Forward(x), shiftMask));
        return scope.Return(IsTraining ? x + dropPath.Forward(mlp.Forward(norm2.Forward(x)))
            : mlp.Forward(x, x, norm2));
    }

    private Tensor Attend(Tensor x, Tensor? shiftMask)
    {
        using var scope = TensorScope.Begin();
        var (H, W) = (x.Size(1), x.Size(2));
        var (bottom, right) = (Excess(H), Excess(W));
        if (bottom + right > 0)
            x = x.Pad([0, 0, 0, right, 0, bottom], 0.0);
        if (Shift > 0)
            x = x.Roll([-Shift, -Shift], [1, 2]);
        x = Windows.Join(attention.Forward(Windows.Partition(x, Window), shiftMask), Window, H + bottom, W + right);
        if (Shift > 0)
            x = x.Roll([Shift, Shift], [1, 2]);
        if (bottom + right > 0)
            x = x.Narrow(1, 0, H).Narrow(2, 0, W);
        return scope.Return(x);
    }

    /// <summary>How many tokens a side lacks to a multiple of the window.</summary>
    internal long Excess(long side) => (Window - side % Window) % Window;
}

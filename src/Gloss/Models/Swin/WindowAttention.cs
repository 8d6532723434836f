using Gloss.Models.Layers;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.Swin;

/// <summary>
/// Self-attention inside each window, with a learned bias for every relative position (Liu et al., 2021, eq. 4).
/// </summary>
public sealed class WindowAttention : Module
{
    private readonly long heads;
    private readonly long tokens;
    private readonly Parameter biasTable;
    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly Constant index;
    private Tensor? folded;
    private bool hasMask;

    /// <summary>Attention of <paramref name="heads"/> heads over windows of <paramref name="window"/>².</summary>
    public WindowAttention(long width, long window, long heads)
    {
        this.heads = heads;
        tokens = window * window;
        biasTable = AddParameter("relative_position_bias_table",
            Initial.Normal([(2 * window - 1) * (2 * window - 1), heads], 0.02));
        index = new Constant(RelativePosition.Index(window));
        qkv = Add("qkv", new Linear(width, 3 * width));
        proj = Add("proj", new Linear(width, width));
    }

    /// <summary>The bias of each pair of tokens, (1, heads, T, T).</summary>
    public Tensor Bias()
    {
        using var scope = TensorScope.Begin();
        return scope.Return(biasTable.Value.IndexSelect(0, index.On(biasTable.Value.Device)) // (T · T, heads)
            .Reshape(1, tokens, tokens, heads).Permute(0, 3, 1, 2).Contiguous());
    }

    /// <summary>
    /// Computes bias + <paramref name="mask"/> once and for all; <see cref="Forward"/> then takes only masks that are
    /// not in it, and the bias cannot train.
    /// </summary>
    public void Fold(Tensor? mask)
    {
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        var bias = Bias();
        if (mask is not null)
            bias = bias + mask.To(bias.Device).To(bias.Type);
        folded?.Dispose();
        folded = TensorScope.Detach(bias);
        hasMask = mask is not null;
    }

    /// <summary>Whether a mask was folded.</summary>
    internal bool HasFoldedMask => hasMask;

    /// <summary>Whether <see cref="ForwardMap"/> can take x (B, H, W, C).</summary>
    internal bool CanMap(Tensor x) => folded is { Type: ScalarType.Float32 } && !hasMask
        && folded.Device.Type == DeviceType.Cpu
        && FusedAttention.CanRun(x) && CanMap();

    /// <summary>Whether this processor can.</summary>
    internal bool CanMap() => qkv.Bias is { } bias && bias.Value.Type == ScalarType.Float32
        && FusedAttention.HasWindows;

    /// <summary>
    /// x + the attention of norm(x) inside windows that begin <paramref name="shift"/> places from the edge of the map
    /// (B, H, W, C), of any size: in one pass over the map.
    /// </summary>
    internal Tensor ForwardMap(Tensor x, LayerNorm norm, long window, long shift)
    {
        using var scope = TensorScope.Begin();
        var projected = qkv.Forward(x, LinearActivation.None, null, norm); // (B, H, W, 3C)
        return scope.Return(
            proj.Forward(FusedAttention.Windows(projected, qkv.Bias!.Value, heads, window, shift, folded!),
            LinearActivation.None, x));
    }

    /// <summary>Windows (B, nW, T, C) to the same shape; the mask (nW, 1, T, T) is added to the scores.</summary>
    public Tensor Forward(Tensor x, Tensor? mask = null)
    {
        using var scope = TensorScope.Begin();
        var (B, N, T, C) = (x.Size(0), x.Size(1), x.Size(2), x.Size(3));
        if (folded is not null && mask is null && FusedAttention.CanRun(x) && folded.Type == ScalarType.Float32)
            return scope.Return(
                proj.Forward(FusedAttention.Self(qkv.Forward(x).Reshape(B * N, T, 3 * C), heads, folded))
                .Reshape(B, N, T, C));
        var parts = qkv.Forward(x)
            .Reshape(B, N, T, 3, heads, C / heads)
            .Permute(3, 0, 1, 4, 2, 5) // (3, B, nW, heads, T, D)
            .Unbind();
        var bias = folded ?? Bias();
        if (mask is not null)
            bias = bias + mask.To(bias.Type);
        var mixed = Attention.Apply(parts[0], parts[1], parts[2], bias); // (B, nW, heads, T, D)
        return scope.Return(proj.Forward(mixed.Transpose(2, 3).Reshape(B, N, T, C)));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        index.Dispose();
        folded?.Dispose();
        base.Dispose(disposing);
    }
}

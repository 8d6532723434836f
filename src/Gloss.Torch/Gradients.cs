using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Automatic differentiation.</summary>
public static unsafe class Gradients
{
    private static readonly Operator requiresGrad = new("aten::requires_grad_");
    private static readonly Operator detach = new("aten::detach");

    /// <summary>Records (or no longer records) gradients with respect to a leaf tensor, in place.</summary>
    public static Tensor SetRequiresGrad(this Tensor tensor, bool value = true)
    {
        requiresGrad.CallVoid(tensor, value);
        return tensor;
    }

    /// <summary>The same elements, without history.</summary>
    public static Tensor Detach(this Tensor tensor) => detach.Call(tensor);

    /// <summary>Adds the gradient of a one-element tensor to the gradients of all leaves that it depends on.</summary>
    public static void Backward(this Tensor loss, Tensor? gradient = null, bool retainGraph = false)
    {
        var root = loss.Pointer;
        var given = gradient?.Pointer ?? IntPtr.Zero;
        NativeMethods.Check(NativeMethods.gloss_backward(&root, &given, 1, retainGraph ? 1 : 0),
            $"backward from {loss}");
        GC.KeepAlive(loss);
        GC.KeepAlive(gradient);
    }

    /// <summary>
    /// The gradient gathered for a leaf, or null; the caller owns the tensor, which shares its memory.
    /// </summary>
    public static Tensor? Gradient(this Tensor tensor)
    {
        NativeMethods.Check(NativeMethods.gloss_tensor_gradient(tensor.Pointer, out var result));
        GC.KeepAlive(tensor);
        return result == IntPtr.Zero ? null : new Tensor(result);
    }

    /// <summary>Replaces the gradient of a leaf; null drops it.</summary>
    public static void SetGradient(this Tensor tensor, Tensor? gradient)
    {
        NativeMethods.Check(NativeMethods.gloss_tensor_set_gradient(tensor.Pointer, gradient?.Pointer ?? IntPtr.Zero));
        GC.KeepAlive(tensor);
        GC.KeepAlive(gradient);
    }
}

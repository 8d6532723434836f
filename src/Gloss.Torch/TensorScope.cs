namespace Gloss.Torch;

/// <summary>
/// Disposes, when it ends, every tensor that its thread made since it began, but for those handed out with
/// <see cref="Return(Tensor)"/> (they go to the scope around it) and <see cref="Detach"/> (they go to nobody).
/// No <c>await</c> inside: a scope belongs to its thread.
/// </summary>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic] private static TensorScope? current;

    private readonly TensorScope? outer;
    private readonly List<Tensor> tensors = [];
    private readonly HashSet<Tensor> kept = new(ReferenceEqualityComparer.Instance);
    private bool isDisposed;

    private TensorScope(TensorScope? outer) => this.outer = outer;

    /// <summary>Begins a scope inside the thread's current one.</summary>
    public static TensorScope Begin() => current = new TensorScope(current);

    /// <summary>
    /// Hands a tensor to the caller: the scope around this one owns it now, or nobody where there is none.
    /// </summary>
    public Tensor Return(Tensor tensor)
    {
        if (kept.Add(tensor))
            outer?.tensors.Add(tensor);
        return tensor;
    }

    /// <summary>Takes a tensor out of every scope: its new owner disposes it.</summary>
    public static Tensor Detach(Tensor tensor)
    {
        for (var scope = current; scope is not null; scope = scope.outer)
            scope.kept.Add(tensor);
        return tensor;
    }

    /// <summary>Runs <paramref name="make"/> outside all scopes: what it returns belongs to the caller alone.</summary>
    internal static T Outside<T>(Func<T> make)
    {
        var saved = current;
        current = null;
        try
        {
            return make();
        }
        finally
        {
            current = saved;
        }
    }

    internal static void Register(Tensor tensor) => current?.tensors.Add(tensor);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        if (current != this)
            throw new InvalidOperationException("tensor scopes end in reverse order, on the thread that began them");
        current = outer;
        foreach (var tensor in tensors)
        {
            if (kept.Count == 0 || !kept.Contains(tensor))
                tensor.Dispose();
        }
    }
}

namespace Gloss.Torch.Tests;

public sealed class TensorScopeTests
{
    [Fact]
    public void Dispose_FreesAllButReturned()
    {
        using var live = new LiveValues();
        Tensor kept;
        using (var scope = TensorScope.Begin())
        {
            var a = Tensors.Ones([3]);
            kept = scope.Return(a + a * 2);
        }
        using (kept)
            Assert.Equal([3f, 3f, 3f], kept.ToArray<float>());
    }

    [Fact]
    public void Return_GoesToTheScopeAround()
    {
        using var live = new LiveValues();
        Tensor inner;
        using (TensorScope.Begin())
        {
            using (var scope = TensorScope.Begin())
                inner = scope.Return(Tensors.Ones([1]));
            Assert.False(inner.IsDisposed);
        }
        Assert.True(inner.IsDisposed);
    }

    [Fact]
    public void Detach_OutlivesAllScopes()
    {
        using var live = new LiveValues();
        Tensor tensor;
        using (TensorScope.Begin())
        using (TensorScope.Begin())
            tensor = TensorScope.Detach(Tensors.Ones([1]));
        Assert.False(tensor.IsDisposed);
        tensor.Dispose();
    }
}

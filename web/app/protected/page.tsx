import type { Metadata } from 'next';
import { Documents } from '#components/documents.tsx';

export const metadata: Metadata = { title: 'Documents' };

export default function Protected() {
  return (
    <>
      <h1>Documents</h1>
      <Documents />
    </>
  );
}
